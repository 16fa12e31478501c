/** Time and chance as this package sees them; tests put virtual ones in their place. */
export interface Clock {
  /** Milliseconds since the epoch: for timestamps that others read, never for measuring. */
  now(): number;
  /** Milliseconds on a clock that never jumps: for measuring, never for timestamps. */
  elapsed(): number;
  /** Calls `fire` once after `ms` milliseconds, unless the returned function is called first. */
  after(ms: number, fire: () => void): () => void;
  /** At least 0 and less than 1. */
  random(): number;
}

const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, Math.min(ms, longestTimer));
    return () => {
      clearTimeout(timer);
    };
  },
  random: () => Math.random(),
};

/** Resolves after `ms` milliseconds, or as soon as the signal aborts; never rejects. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
