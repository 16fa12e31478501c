import type { Clock } from "./clock.ts";

/** How many requests may be under way at once, as an API server that asks for pauses teaches. */
export interface Throttle {
  /** 0 during a pause. */
  readonly most: number;
  /** A request was refused with 429: nothing starts for a while, and fewer at once after that. Those refused together count once. */
  refused(underWay: number, retryAfterMs: number): void;
  /** A request was not refused. After a while of that, one more may be under way. */
  passed(): void;
  /** Ends the pause, and tells nobody. */
  close(): void;
}

/** Long against a pause, so that most of the time is spent working and not finding out the limit. */
const growEveryMs = 5_000;

/** Half as many after each pause, one more after each calm while, up to `limit`. `onResume` is called at the end of each pause. */
export function throttle(limit: number, clock: Clock, onResume: () => void): Throttle {
  let most = limit;
  let changedAt = clock.elapsed();
  let cancel: (() => void) | undefined;
  return {
    get most() {
      return cancel === undefined ? most : 0;
    },
    refused: (underWay, retryAfterMs) => {
      if (cancel !== undefined) return;
      most = Math.max(1, Math.floor(Math.min(most, underWay) / 2));
      // Others were told to come back at the same time.
      cancel = clock.after(retryAfterMs * (1 + clock.random() / 4), () => {
        cancel = undefined;
        changedAt = clock.elapsed();
        onResume();
      });
    },
    passed: () => {
      if (most >= limit || cancel !== undefined || clock.elapsed() - changedAt < growEveryMs) return;
      most += 1;
      changedAt = clock.elapsed();
    },
    close: () => {
      cancel?.();
    },
  };
}
