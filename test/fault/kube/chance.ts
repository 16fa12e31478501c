import { hash } from "@headgate/api";

/** Numbers from 0 up to 1 that a seed decides. */
export type Chance = () => number;

/** The same numbers for the same seed and name, in every process: a fault belongs to a request, not to a moment. */
export function chance(seed: number, name: string): Chance {
  let state = Number.parseInt(hash(`${seed} ${name}`).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(from: readonly T[], random: Chance): T {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}

/** One of the faults by their rates, or none. */
export function draw<F extends string>(rates: Readonly<Partial<Record<F, number>>>, random: Chance): F | undefined {
  let left = random();
  for (const [fault, rate] of Object.entries(rates) as [F, number][]) {
    left -= rate;
    if (left < 0) return fault;
  }
  return undefined;
}

/**
 * Seeds to try: the first `runs`, times `HEADGATE_RUNS`. A failing test names its seed; `HEADGATE_SEED=n` plays that one again, and with
 * `HEADGATE_RUNS=m` as many from there on.
 */
export function seeds(runs: number): readonly number[] {
  const { HEADGATE_SEED, HEADGATE_RUNS = "1" } = process.env;
  const replay = HEADGATE_SEED !== undefined;
  const count = Number(HEADGATE_RUNS) * (replay ? 1 : runs);
  return Array.from({ length: count }, (_, i) => Number(HEADGATE_SEED ?? 1) + i);
}
