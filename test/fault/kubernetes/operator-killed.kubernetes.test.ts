// Needs the rig: it stops and kills what a cluster runs on.
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { chance } from "../kube/chance.ts";
import { churn } from "./churn.ts";
import { expectFaultFree, openEnds } from "./end-state.ts";
import type { OperatorProcess } from "./operator-process.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

const kills = Number(process.env["HEADGATE_RUNS"] ?? 100);
const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const namespace = "killed";
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.namespace(namespace);
});
afterAll(() => stage.close());

test(
  `an operator killed with -9 at ${kills} random points leaves what one that never died would (HEADGATE_SEED=${seed})`,
  { timeout: 300_000 + kills * 20_000 },
  async () => {
    const people = churn(stage.client, { namespace, seed });
    for (let kill = 0; kill < kills; kill++) {
      const running = await stage.startOperator({ flags: ["--no-leader-elect"] });
      const isDue = pointToDie(running, chance(seed, `kill ${kill}`));
      do await people.step();
      while (!isDue());
      await running.stop("SIGKILL");
    }
    const last = await stage.startOperator({ flags: ["--no-leader-elect"] });
    await vi.waitFor(
      async () => {
        expect(await openEnds(stage, namespace)).toEqual([]);
        expect(await last.metric("headgate_pending_writes")).toBe(0);
      },
      { timeout: 150_000, interval: 200 },
    );
    await last.stop("SIGKILL");
    await people.foreign.check();
    await expectFaultFree(stage, namespace);
  },
);

/** After so many of its writes; some die before the first, some while they still read. */
function pointToDie(operator: OperatorProcess, random: () => number): () => boolean {
  if (random() < 0.1) return () => operator.errors().includes('"msg":"serving metrics"');
  const writes = Math.floor(random() * 12);
  let patience = 0;
  return () => {
    if (operator.logged("leading") === 0) return false;
    return operator.logged("reconciled") >= writes || ++patience > 100;
  };
}
