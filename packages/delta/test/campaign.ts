/** How random tests run: the seed is printed on failure and replayed by HEADGATE_SEED; HEADGATE_RUNS multiplies the runs. */
import { randomInt } from "node:crypto";
import fc from "fast-check";

const seed = Number(process.env["HEADGATE_SEED"] ?? randomInt(2 ** 31));
const multiplier = Number(process.env["HEADGATE_RUNS"] ?? 1);

/** Checks `body` on `runs` random values (times HEADGATE_RUNS). */
export function holds<T>(arbitrary: fc.Arbitrary<T>, runs: number, body: (value: T) => void): void {
  try {
    fc.assert(
      fc.property(arbitrary, (value) => {
        body(value);
      }),
      { seed, numRuns: Math.ceil(runs * multiplier) },
    );
  } catch (cause) {
    const report = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${report}\nReplay with HEADGATE_SEED=${seed} HEADGATE_RUNS=${multiplier}`, { cause });
  }
}
