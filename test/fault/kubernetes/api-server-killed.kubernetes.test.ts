// Needs the rig: it stops and kills what a cluster runs on.
import { afterAll, beforeAll, expect, test } from "vitest";

import { chance } from "../kube/chance.ts";
import { inBackground } from "./background.ts";
import { churn } from "./churn.ts";
import { expectFaultFree } from "./end-state.ts";
import { settled } from "./settled.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

const kills = 4 * Number(process.env["HEADGATE_RUNS"] ?? 1);
const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const namespace = "restarts";
const watches = 5;
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.namespace(namespace);
});
afterAll(() => stage.close());

test(
  `an API server killed with -9 ${kills} times under load costs one list per watch and start, and nothing else (HEADGATE_SEED=${seed})`,
  { timeout: 120_000 + kills * 30_000 },
  async () => {
    const { client, controlPlane } = stage;
    const random = chance(seed, "kills");
    const people = churn(client, { namespace, seed });
    const operator = await stage.startOperator();
    const work = inBackground(people);
    await work.steps(40);
    for (let kill = 0; kill < kills; kill++) {
      await controlPlane.apiServer.stop("SIGKILL");
      controlPlane.apiServer.start();
      await controlPlane.ready();
      await work.steps(Math.floor(random() * 60));
    }
    await work.steps(20);
    await work.stop();
    await settled(stage, namespace, [operator]);
    expect(await operator.metric("headgate_watch_relists")).toBeLessThanOrEqual(watches * (kills + 1));
    expect(await operator.metric("headgate_watch_missed_events")).toBe(0);
    expect(await operator.stop()).toBe(0);
    await people.foreign.check();
    await expectFaultFree(stage, namespace);
  },
);
