import { onTestFinished, vi } from "vitest";
import type { App } from "./app.ts";
import { patience } from "./rig.ts";

/** Someone who asks for one path over and over. */
export interface Traffic {
  /** Waits for this many answers more. */
  more(count: number): Promise<void>;
  /** Ends the asking and says by whom it was answered, in order, without repetitions. */
  stop(): Promise<readonly string[]>;
}

/** Asks without a pause, on a few connections that are kept, until stopped or until the test ends. */
export function traffic(app: App, path: string, lanes = 2): Traffic {
  const answers: string[] = [];
  let count = 0;
  let on = true;
  const lane = async (): Promise<void> => {
    while (on) {
      const by = await app.servedBy(path).catch((error: unknown) => String(error));
      count += 1;
      if (answers.at(-1) !== by) answers.push(by);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  onTestFinished(() => {
    on = false;
  });
  return {
    more: async (wanted) => {
      const until = count + wanted;
      await vi.waitUntil(() => count >= until, patience);
    },
    stop: async () => {
      on = false;
      await running;
      return answers;
    },
  };
}
