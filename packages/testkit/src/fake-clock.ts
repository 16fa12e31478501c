/** Time that moves only when a test says so. All instants and spans are in milliseconds. */
export interface FakeClock {
  now(): number;
  /** Calls `fire` once, `span` after now, when the clock is moved there. Returns the function that cancels. */
  after(span: number, fire: () => void): () => void;
  /** Resolves `span` after now; rejects with the signal's reason when it is aborted before. */
  sleep(span: number, signal?: AbortSignal): Promise<void>;
  /** Moves on by `span`: fires what is due in order of time, and lets promises settle after each. */
  advance(span: number): Promise<void>;
  /** How many timers are waiting. */
  readonly pending: number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

export function fakeClock(start = 0): FakeClock {
  let now = start;
  let order = 0;
  const timers = new Set<Timer>();
  const after = (span: number, fire: () => void): (() => void) => {
    const timer: Timer = { at: now + Math.max(0, span), order: order++, fire };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const due = (limit: number): Timer | undefined =>
    [...timers].filter(({ at }) => at <= limit).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  return {
    now: () => now,
    after,
    sleep(span, signal) {
      return new Promise((resolve, reject) => {
        const refuse = (): void => {
          cancel();
          reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
        };
        const cancel = after(span, () => {
          signal?.removeEventListener("abort", refuse);
          resolve();
        });
        if (signal?.aborted === true) refuse();
        else signal?.addEventListener("abort", refuse, { once: true });
      });
    },
    async advance(span) {
      const limit = now + span;
      for (let timer = due(limit); timer !== undefined; timer = due(limit)) {
        timers.delete(timer);
        now = timer.at;
        timer.fire();
        await settled();
      }
      now = limit;
      await settled();
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets everything that promises alone can do be done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
