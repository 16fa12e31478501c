import { expect, test } from "vitest";
import { openApp } from "../app.ts";
import type { App } from "../app.ts";
import type { PolicyRig } from "../rig.ts";

const [most, round, lanes] = [40_000, 10_000, 16];

/**
 * A gateway picks at random. Of 10,000 requests at a weight of 10 the share has a standard deviation of 0.3 %, so that it is off by more than
 * 1 % once in 1,100 runs with nothing wrong. Hence more are asked while it is off: of 40,000 the deviation is 0.15 %, and 1 % off is no
 * chance (6.7 of them, once in 10^10). A weight of 8 or 12 passes one look in a thousand at most.
 */
export function shareStory(rig: () => PolicyRig): void {
  test("a canary of weight 10 has 9 to 11 % of 10,000 requests, and the application the others", async () => {
    const app = await openApp(rig(), "share");
    await app.setEndpoints([{ id: "new", match: { path: "/new" }, strategy: "canary", canaryWeight: 10 }]);
    await app.ready();
    const answers: Record<string, number> = {};
    let asked = 0;
    const share = (): number => (answers["new"] ?? 0) / asked;
    do {
      await askAll(app, answers);
      asked += round;
    } while (asked < most && (share() < 0.09 || share() > 0.11));
    expect(share()).toBeGreaterThanOrEqual(0.09);
    expect(share()).toBeLessThanOrEqual(0.11);
    expect(Object.keys(answers).toSorted()).toEqual(["main", "new"]);
  });
}

async function askAll(app: App, answers: Record<string, number>): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let i = 0; i < round / lanes; i++) {
      const by = await app.servedBy("/new/x");
      answers[by] = (answers[by] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
