import { type Clock, systemClock } from "./clock.ts";

/** Keys to be looked at, each by one worker at a time; a key added while it is worked on is looked at once more. */
export interface WorkQueue {
  add(key: string): void;
  addAfter(key: string, ms: number): void;
  /** Drops what waits and resolves when what runs is done. */
  close(): Promise<void>;
}

export interface WorkQueueOptions {
  /** Brings one key to its desired state. What it throws is reported and tried again with back-off. */
  readonly reconcile: (key: string) => Promise<void>;
  readonly concurrency?: number;
  readonly clock?: Clock;
  readonly onError?: (error: unknown, key: string) => void;
}

const firstRetryMs = 10;
const lastRetryMs = 30_000;

export function workQueue(options: WorkQueueOptions): WorkQueue {
  const { reconcile, concurrency = 8, clock = systemClock, onError } = options;
  const waiting = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const timers = new Map<string, { at: number; cancel: () => void }>();
  const failures = new Map<string, number>();
  let closed = false;

  const pump = (): void => {
    for (const key of waiting) {
      if (closed || running.size >= concurrency) return;
      waiting.delete(key);
      running.set(key, work(key));
    }
  };
  const add = (key: string): void => {
    if (closed) return;
    if (running.has(key)) again.add(key);
    else {
      waiting.add(key);
      pump();
    }
  };
  const addAfter = (key: string, ms: number): void => {
    if (closed) return;
    const at = clock.now() + ms;
    const earlier = timers.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    earlier?.cancel();
    const cancel = clock.after(ms, () => {
      timers.delete(key);
      add(key);
    });
    timers.set(key, { at, cancel });
  };
  const work = async (key: string): Promise<void> => {
    // The turn of the loop in between lets one burst of events become one look.
    await Promise.resolve();
    try {
      await reconcile(key);
      failures.delete(key);
    } catch (error) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      if (!closed) onError?.(error, key);
      addAfter(key, Math.min(firstRetryMs * 2 ** count, lastRetryMs));
    }
    running.delete(key);
    if (again.delete(key)) waiting.add(key);
    pump();
  };

  return {
    add,
    addAfter,
    async close() {
      closed = true;
      for (const timer of timers.values()) timer.cancel();
      await Promise.all(running.values());
    },
  };
}
