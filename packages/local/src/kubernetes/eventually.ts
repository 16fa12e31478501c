import { pause, systemClock } from "../client/clock.ts";

const withinMs = 60_000;
const pollMs = 50;

/** Attempts until one succeeds, for a minute; ends early when `check` throws. */
export async function eventually<T>(what: string, check: () => Promise<void>, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    await check();
    try {
      return await attempt();
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`it took more than a minute for ${what}`, { cause });
    }
    await pause(systemClock, pollMs, AbortSignal.timeout(withinMs));
  }
}
