import { pause, systemClock } from "../client/clock.ts";

/** A machine that is busy takes some ten times what ours takes. */
const withinMs = 180_000;
const pollMs = 50;

/** Attempts until one succeeds, for three minutes; ends early when `check` throws. */
export async function eventually<T>(what: string, check: () => Promise<void>, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    await check();
    try {
      return await attempt();
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`it took more than three minutes for ${what}`, { cause });
    }
    await pause(systemClock, pollMs, AbortSignal.timeout(withinMs));
  }
}
