import { isDeepStrictEqual } from "node:util";
import type { Action, Observed } from "@headgate/api";
import { OpError } from "@headgate/api";
import { untilAborted } from "./abort.ts";
import { act } from "./act.ts";
import type { Effect, Outcome } from "./act.ts";
import type { Backoff } from "./backoff.ts";
import { backoffDelay } from "./backoff.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { actionPlace } from "./rank.ts";
import type { Runner } from "./runner.ts";
import { throttle } from "./throttle.ts";
import { isOlder } from "./version.ts";
import type { Place } from "./work-queue.ts";
import { workQueue } from "./work-queue.ts";

/** What became of one attempt. A failed one is tried again by itself for as long as its action stands. */
export interface Result {
  readonly key: string;
  readonly action: Action;
  readonly outcome: Outcome | "failed";
  readonly error?: OpError;
  /** How long the attempt took, in milliseconds. */
  readonly elapsedMs: number;
}

export interface ActuatorOptions {
  /**
   * Actions under way at once; default 16, as many as a client has connections. Fewer while the API server answers that it is
   * too many (THROTTLED): then all of them pause for as long as it asks, and none counts as failed on that account.
   */
  readonly concurrency?: number;
  /** Between attempts at one action; default 200 ms to 60 s. An error that trying again can't help waits the longest at once. */
  readonly backoff?: Backoff;
  /**
   * How long a write that took effect may go without its action being retracted before it is done again, doubling up to ten times
   * this; default 60 s. It happens when someone undoes our write before the watch shows it.
   */
  readonly confirmMs?: number;
  /**
   * How long an object keeps a status that we wrote before we write it another one; default 0. What is wanted meanwhile is written when
   * that time is up, as it then is: an object whose parts become ready one after the other is told of some of them together.
   */
  readonly statusStandsMs?: number;
  readonly place?: (action: Action) => Place;
  readonly clock?: Clock;
  readonly onResult?: (result: Result) => void;
}

/** Carries out actions: rows that say what should be done next, and that vanish when it is seen to be done. */
export interface Actuator extends Runner {
  /** The latest action for a key replaces any before it. Giving the same action again changes nothing. */
  set(key: string, action: Action): void;
  /** The action is no longer wanted. One that is under way is let finish. */
  delete(key: string): void;
  /** Resolves when nothing waits, is under way, or is to be tried again. Actions that wait to be retracted do not count. */
  idle(): Promise<void>;
  readonly stats: { readonly waiting: number; readonly underWay: number; readonly backingOff: number };
}

interface Task {
  /** Undefined when it was retracted while under way. */
  action: Action | undefined;
  state: "queued" | "running" | "backing-off" | "done";
  /** Failed attempts, and successful ones that nobody has seen yet, since the action last changed. */
  failures: number;
  unseen: number;
  /** What our last apply left behind. */
  written: Observed | undefined;
  /** The row went while its action was under way: when it comes back, it may be because what we made has gone again. */
  retracted: boolean;
  cancel: () => void;
}

const nothing = (): void => undefined;

/**
 * An executor of action rows. Level-triggered: it holds the latest action for each key and nothing else, tries until the row
 * goes away, and backs off for each key alone, so that one bad object never holds up another.
 * What came in before it ran is done when it runs, which it does once. `run` ends when the signal aborts and what was under way has ended.
 */
export function actuator(client: Client, options: ActuatorOptions = {}): Actuator {
  const { concurrency = 16, backoff = { first: 200, most: 60_000 }, confirmMs = 60_000, clock = systemClock } = options;
  const { place = actionPlace, statusStandsMs = 0 } = options;
  const tasks = new Map<string, Task>();
  /** Statuses that have not stood long enough, until when by `clock.elapsed()`. A task goes when its status is seen, this does not. */
  const standing = new Map<string, { readonly until: number; readonly cancel: () => void }>();
  const queue = workQueue();
  const underWay = new Set<Promise<void>>();
  const allowed = throttle(concurrency, clock, () => {
    pump();
  });
  let idlers: (() => void)[] = [];
  let backingOff = 0;
  let running: { readonly signal: AbortSignal; readonly fail: (bug: unknown) => void } | undefined;
  let halted = false;
  let pumping = false;

  const setState = (task: Task, state: Task["state"]): void => {
    if (task.state === "backing-off") backingOff -= 1;
    if (state === "backing-off") backingOff += 1;
    task.state = state;
    task.cancel();
    task.cancel = nothing;
  };
  const enqueue = (key: string, task: Task, action: Action): void => {
    setState(task, "queued");
    queue.add(key, place(action));
    pumpSoon();
  };
  /** After the turn that is being told has been told completely, so that ranks are kept within it. */
  const pumpSoon = (): void => {
    if (pumping) return;
    pumping = true;
    queueMicrotask(() => {
      pumping = false;
      pump();
    });
  };
  const pump = (): void => {
    while (running !== undefined && !halted && !running.signal.aborted && underWay.size < allowed.most) {
      const key = queue.take();
      if (key === undefined) break;
      const attempt: Promise<void> = perform(key, running.signal)
        // What follows may put the key back into line, so it must have left before.
        .then((followUp) => {
          queue.finish(key);
          followUp();
        })
        .catch(running.fail)
        .finally(() => {
          underWay.delete(attempt);
          pump();
        });
      underWay.add(attempt);
    }
    if (queue.waiting > 0 || underWay.size > 0 || backingOff > 0) return;
    const told = idlers;
    idlers = [];
    for (const tell of told) tell();
  };
  const wait = (
    key: string,
    task: Task,
    how: { readonly state: "backing-off" | "done"; readonly ms: number },
  ): void => {
    setState(task, how.state);
    task.cancel = clock.after(how.ms, () => {
      if (task.action !== undefined) enqueue(key, task, task.action);
    });
  };

  /** One attempt; gives what is to be done about its key afterwards. */
  const perform = async (key: string, signal: AbortSignal): Promise<() => void> => {
    const task = tasks.get(key);
    const action = task?.action;
    if (task === undefined || action === undefined) return nothing;
    setState(task, "running");
    task.retracted = false;
    const startedAt = clock.elapsed();
    try {
      const { outcome, written }: Effect = await act(client, action, signal);
      return () => {
        allowed.passed();
        task.written = task.retracted ? undefined : written;
        if (action.do === "status" && outcome !== "unchanged") stand(key);
        if (isCurrent(key, task, action)) settle(key, task, outcome);
        options.onResult?.({ key, action, outcome, elapsedMs: clock.elapsed() - startedAt });
      };
    } catch (error) {
      if (signal.aborted) return nothing;
      if (!(error instanceof OpError)) throw error;
      return () => {
        if (error.code === "THROTTLED") {
          allowed.refused(underWay.size, Math.max(backoff.first, (error.retryAfter ?? 0) * 1000));
        }
        if (isCurrent(key, task, action)) retryLater(key, task, action, error);
        options.onResult?.({ key, action, outcome: "failed", error, elapsedMs: clock.elapsed() - startedAt });
      };
    }
  };
  /** False when the row changed or went while its action was under way; a changed one is taken up. */
  const isCurrent = (key: string, task: Task, action: Action): boolean => {
    if (task.action === action) return true;
    setState(task, "done");
    if (task.action === undefined) tasks.delete(key);
    else takeUp(key, task, task.action);
    return false;
  };
  /** At once, unless it is to stand for a while first, or was decided before our own last write was seen: then what that shows decides anew. */
  const takeUp = (key: string, task: Task, action: Action): void => {
    const stands = action.do === "status" ? standing.get(key) : undefined;
    if (stands !== undefined) wait(key, task, { state: "done", ms: Math.max(0, stands.until - clock.elapsed()) });
    else if (action.do === "delete" && action.afterMs !== undefined)
      wait(key, task, { state: "done", ms: action.afterMs });
    else if (isBehind(action, task.written)) wait(key, task, { state: "done", ms: confirmMs });
    else enqueue(key, task, action);
  };
  const stand = (key: string): void => {
    if (statusStandsMs === 0) return;
    const cancel = clock.after(statusStandsMs, () => standing.delete(key));
    standing.set(key, { until: clock.elapsed() + statusStandsMs, cancel });
  };
  const settle = (key: string, task: Task, outcome: Outcome): void => {
    task.failures = 0;
    // Doing it again would change nothing again; only a new row can tell of something else to do.
    if (outcome === "unchanged") {
      setState(task, "done");
      return;
    }
    wait(key, task, { state: "done", ms: confirmMs * Math.min(2 ** task.unseen, 10) });
    task.unseen += 1;
  };
  const retryLater = (key: string, task: Task, action: Action, error: OpError): void => {
    if (error.code === "THROTTLED") {
      // Said of all of us, not of this object.
      enqueue(key, task, action);
      return;
    }
    task.failures += 1;
    // The world outside of the row may change (a namespace appears, a CRD is installed), so nothing is given up for good.
    const failures = error.retry ? task.failures : Number.MAX_SAFE_INTEGER;
    const ms = backoffDelay(backoff, failures, () => clock.random());
    wait(key, task, { state: "backing-off", ms: Math.max(ms, (error.retryAfter ?? 0) * 1000) });
  };

  return {
    name: "actuator",
    get stats() {
      return { waiting: queue.waiting, underWay: underWay.size, backingOff };
    },
    set: (key, action) => {
      const task = tasks.get(key);
      if (task === undefined) {
        const fresh: Task = {
          action,
          state: "queued",
          failures: 0,
          unseen: 0,
          written: undefined,
          retracted: false,
          cancel: nothing,
        };
        tasks.set(key, fresh);
        takeUp(key, fresh, action);
        return;
      }
      if (isDeepStrictEqual(task.action, action)) return;
      task.action = action;
      task.failures = 0;
      task.unseen = 0;
      if (task.state !== "running") takeUp(key, task, action);
    },
    delete: (key) => {
      const task = tasks.get(key);
      if (task === undefined) return;
      task.action = undefined;
      task.retracted = true;
      if (task.state === "running") return;
      setState(task, "done");
      tasks.delete(key);
      queue.remove(key);
      pumpSoon();
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        pumpSoon();
      }),
    run: async (signal) => {
      if (running !== undefined) throw new Error("an actuator runs once");
      const bug = new Promise<never>((_, reject) => {
        running = { signal, fail: reject };
      });
      try {
        pumpSoon();
        await Promise.race([untilAborted(signal), bug]);
      } finally {
        halted = true;
        await Promise.all(underWay);
        for (const { cancel } of [...tasks.values(), ...standing.values()]) cancel();
        allowed.close();
      }
    },
  };
}

/**
 * Whether an action was decided from a state before the write: from an older version, or from before the object was there. Where
 * versions can't be compared it counts as up to date, and is done once more at worst.
 */
function isBehind(action: Action, written: Observed | undefined): boolean {
  if (action.do !== "apply" || written === undefined) return false;
  const { observed } = action;
  if (observed === undefined) return true;
  return observed.uid === written.uid && isOlder(observed.resourceVersion, written.resourceVersion);
}
