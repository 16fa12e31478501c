import { fakeClock } from "@headgate/testkit";
import type { FakeClock } from "@headgate/testkit";
import type { Clock } from "../src/index.ts";

/** Time that a test moves, and chance that always gives the middle. */
export function virtualClock(start = 0): { readonly time: FakeClock; readonly clock: Clock } {
  const time = fakeClock(start);
  const now = (): number => time.now();
  return { time, clock: { now, elapsed: now, after: (ms, fire) => time.after(ms, fire), random: () => 0.5 } };
}
