/** Delays that double. */
export interface BackOff {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Of a crash loop and of image pulls alike, unless told otherwise. */
export const defaultBackOff: BackOff = { firstMs: 10_000, lastMs: 300_000 };

export function nextDelay(backOff: BackOff, previousMs: number): number {
  return previousMs === 0 ? backOff.firstMs : Math.min(previousMs * 2, backOff.lastMs);
}

/**
 * How long a container that has ended waits before it starts again. The first restart is at once; one that has run for
 * twice the longest delay starts over. `previousMs` is what the last call returned, undefined before the first.
 */
export function restartDelay(backOff: BackOff, previousMs: number | undefined, ranMs: number): number {
  if (previousMs === undefined || ranMs > 2 * backOff.lastMs) return 0;
  return nextDelay(backOff, previousMs);
}
