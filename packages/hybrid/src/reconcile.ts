import { backoffDelay, systemClock, untilAborted } from "@headgate/kube";
import type { Backoff, Clock, Runner } from "@headgate/kube";

import type { Row, ViewEvent } from "./event.ts";
import { eventOf, sameRow } from "./event.ts";
import type { Rows } from "./rows.ts";

/** Brings the world in line with one object of a view. What it throws has it called again; `signal` aborts at the end. */
export type Reconcile<T> = (event: ViewEvent<T>, signal: AbortSignal) => Promise<void> | void;

export interface ReconcileOptions<T> {
  /** Calls under way at once, each for another object; default 1. */
  readonly concurrency?: number;
  /** Between attempts at one object; default 200 ms to 60 s. */
  readonly backoff?: Backoff;
  /** Told of each failed attempt, and after how many milliseconds there will be another; default: a warning of the process. */
  readonly onError?: (error: unknown, event: ViewEvent<T>, retryMs: number) => void;
  readonly clock?: Clock;
}

/** Where the reconciliation of one object stands. */
interface Task<T> {
  /** What the last successful call was told; undefined while there was none, and once a deletion was begun. */
  told: Row<T> | undefined;
  /** What the last call was told, whether it succeeded or not. */
  tried: Row<T> | undefined;
  failures: number;
  running: boolean;
  cancel: () => void;
}

const nothing = (): void => undefined;

/**
 * A level-triggered reconciler. An object stays Added until a call for it has succeeded. One that is gone is Deleted, if a call
 * was ever tried for it; and one that comes back after a deletion was tried is Added.
 */
export function reconciler<T>(
  rows: Rows<T>,
  handle: Reconcile<T>,
  { name, ...options }: ReconcileOptions<T> & { readonly name: string },
): Runner {
  const { concurrency = 1, backoff = { first: 200, most: 60_000 }, clock = systemClock } = options;
  const onError = options.onError ?? warn(name);
  const tasks = new Map<string, Task<T>>();
  const due = new Set<string>();
  const underWay = new Set<Promise<void>>();
  const bug = Promise.withResolvers<never>();
  bug.promise.catch(nothing);

  const taskOf = (key: string): Task<T> => {
    const known = tasks.get(key);
    if (known !== undefined) return known;
    const fresh: Task<T> = { told: undefined, tried: undefined, failures: 0, running: false, cancel: nothing };
    tasks.set(key, fresh);
    return fresh;
  };
  /** Puts a key into line if there is something to be done about it. */
  const consider = (key: string): void => {
    const task = taskOf(key);
    task.cancel();
    task.cancel = nothing;
    const now = rows.get(key);
    if (task.failures > 0 || !sameRow(task.told, now)) {
      due.add(key);
      return;
    }
    due.delete(key);
    if (now === undefined && !task.running) tasks.delete(key);
  };
  const perform = async (key: string, task: Task<T>, signal: AbortSignal): Promise<void> => {
    const now = rows.get(key);
    const about = now ?? task.tried;
    if (about === undefined) {
      tasks.delete(key);
      return;
    }
    const event = eventOf(now === undefined ? "Deleted" : task.told === undefined ? "Added" : "Updated", key, about);
    task.tried = about;
    if (now === undefined) task.told = undefined;
    task.running = true;
    let failed: { readonly error: unknown } | undefined;
    try {
      await handle(event, signal);
    } catch (error) {
      failed = { error };
    }
    task.running = false;
    if (failed === undefined) {
      task.failures = 0;
      task.told = now;
      if (now === undefined) task.tried = undefined;
      consider(key);
      return;
    }
    if (signal.aborted) return;
    task.failures += 1;
    const wait = backoffDelay(backoff, task.failures, () => clock.random());
    // What came while the call was under way is newer than what it failed with, and does not wait.
    if (!sameRow(now, rows.get(key))) due.add(key);
    else {
      due.delete(key);
      task.cancel = clock.after(wait, () => {
        due.add(key);
        pump(signal);
      });
    }
    onError(failed.error, event, wait);
  };
  const pump = (signal: AbortSignal): void => {
    for (const key of due) {
      if (signal.aborted || underWay.size >= concurrency) return;
      const task = taskOf(key);
      if (task.running) continue;
      due.delete(key);
      const attempt: Promise<void> = perform(key, task, signal)
        .catch(bug.reject)
        .finally(() => {
          underWay.delete(attempt);
          pump(signal);
        });
      underWay.add(attempt);
    }
  };
  return {
    name,
    run: async (signal) => {
      const stop = new AbortController();
      const both = AbortSignal.any([signal, stop.signal]);
      const deaf = rows.listen((key) => {
        consider(key);
        // In a turn of its own: a handler may well bring about the next change of the view.
        queueMicrotask(() => {
          pump(both);
        });
      });
      try {
        for (const [key] of rows.entries()) consider(key);
        pump(both);
        await Promise.race([untilAborted(signal), bug.promise]);
      } finally {
        deaf();
        stop.abort();
        for (const { cancel } of tasks.values()) cancel();
        await Promise.all(underWay);
      }
    },
  };
}

function warn(name: string): (error: unknown, event: ViewEvent<unknown>, retryMs: number) => void {
  return (error, { type, namespace, name: of }, retryMs) => {
    const object = namespace === undefined ? of : `${namespace}/${of}`;
    process.emitWarning(
      `${name}: ${type} ${object} failed, trying again in ${Math.round(retryMs)} ms: ${String(error)}`,
    );
  };
}
