import { untilAborted } from "@headgate/kube";
import type { Clock, Runner } from "@headgate/kube";
import type { Controller } from "@headgate/pipeline";

/** A Periodic source has everything of its controller computed anew, so it may not be asked for more often. */
const shortestPeriodMs = 1_000;

/** Calls `tick` for each controller with a Periodic source, once a period. As a runner it ends with whatever `tick` throws. */
export function ticks(controllers: readonly Controller[], clock: Clock, tick: (controller: string) => void): Runner {
  return {
    name: "ticks",
    run: async (signal) => {
      const bug = Promise.withResolvers<never>();
      const cancels = new Map<string, () => void>();
      const every = (key: string, ms: number, controller: string): void => {
        const next = (): void => {
          every(key, ms, controller);
          try {
            tick(controller);
          } catch (cause) {
            bug.reject(cause);
          }
        };
        cancels.set(key, clock.after(ms, next));
      };
      for (const { id, sources } of controllers)
        for (const { period } of sources)
          if (period !== undefined) every(`${id} ${String(period)}`, Math.max(period, shortestPeriodMs), id);
      try {
        await Promise.race([untilAborted(signal), bug.promise]);
      } finally {
        for (const cancel of cancels.values()) cancel();
      }
    },
  };
}
