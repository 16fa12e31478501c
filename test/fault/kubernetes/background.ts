import { pause, systemClock } from "@headgate/kube";
import type { Churn } from "./churn.ts";

/** Churn that goes on by itself, at a pace that leaves the machine to others. */
export interface Background {
  /** Resolves when so many more steps have been made. */
  steps(count: number): Promise<void>;
  /** Ends it after the step under way; throws what a step threw. */
  stop(): Promise<void>;
}

const paceMs = 15;

export function inBackground(people: Pick<Churn, "step" | "steps">): Background {
  const stop = new AbortController();
  let failure: Error | undefined;
  const run = (async () => {
    while (!stop.signal.aborted) {
      await people.step();
      await pause(systemClock, paceMs, stop.signal);
    }
  })().catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };
  return {
    steps: async (count) => {
      const enough = people.steps + count;
      while (people.steps < enough) {
        check();
        await pause(systemClock, paceMs, stop.signal);
      }
    },
    stop: async () => {
      stop.abort();
      await run;
      check();
    },
  };
}
