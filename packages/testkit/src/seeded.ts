/** How a property runs: fast-check prints the seed of a failure, and these variables play it again or longer. */
export interface Seeded {
  readonly numRuns: number;
  readonly seed?: number;
  readonly path?: string;
}

/**
 * The parameters of a property of so many runs. `HEADGATE_RUNS` multiplies the runs; `HEADGATE_SEED` (and `HEADGATE_PATH`)
 * replay what a failure printed.
 */
export function seeded(numRuns: number): Seeded {
  const { HEADGATE_RUNS, HEADGATE_SEED, HEADGATE_PATH } = process.env;
  return {
    numRuns: Math.ceil(numRuns * Number(HEADGATE_RUNS ?? 1)),
    ...(HEADGATE_SEED === undefined ? {} : { seed: Number(HEADGATE_SEED) }),
    ...(HEADGATE_PATH === undefined ? {} : { path: HEADGATE_PATH }),
  };
}

/** Numbers of at least 0 and less than 1, the same ones for the same seed (mulberry32). For stories that are no fast-check property. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
