import type { Clock } from "@headgate/kube";
import { systemClock } from "@headgate/kube";

/** Real time that goes faster, so that what takes seconds by the clock takes milliseconds of the test. */
export function quickClock(speed: number, random: () => number): Clock {
  return {
    now: () => systemClock.now(),
    elapsed: () => systemClock.elapsed() * speed,
    after: (ms, fire) => systemClock.after(ms / speed, fire),
    random,
  };
}
