/** How long to wait between attempts: doubling from `first` to `most` milliseconds. */
export interface Backoff {
  readonly first: number;
  readonly most: number;
}

/**
 * Milliseconds to wait before the attempt that follows `failures` (at least 1) failed ones.
 * Between half and all of the doubled interval, so that many waiters do not come back together.
 */
export function backoffDelay(backoff: Backoff, failures: number, random: () => number): number {
  const full = Math.min(backoff.most, backoff.first * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + random() / 2);
}
