// Needs the rig: it kills what a cluster runs on.
import { connect, systemClock } from "@headgate/kube";
import { afterAll, beforeAll, test } from "vitest";
import { forgetHistory } from "../../rigs/kubernetes/private-control-plane.ts";
import { chance } from "../kube/chance.ts";
import { insist } from "../kubernetes/insist.ts";
import { openStage } from "../kubernetes/stage.ts";
import type { Stage } from "../kubernetes/stage.ts";
import { act, wanted } from "./cluster.ts";
import { startListeners } from "./listeners.ts";

const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test(
  `an API server that is killed with -9 and forgets costs a program no event, and repeats none (HEADGATE_SEED=${seed})`,
  { timeout: 600_000 },
  async () => {
    const { controlPlane, access, client } = stage;
    const random = chance(seed, "cluster");
    const own = connect(access);
    const listeners = await startListeners(own, systemClock, chance(seed, "handler"));
    try {
      for (const forgets of [false, true]) {
        for (let step = 0; step < 25; step++) await act(client, random);
        await controlPlane.apiServer.stop("SIGKILL");
        controlPlane.apiServer.start();
        await controlPlane.ready();
        for (let step = 0; step < 10; step++) await act(client, random);
        if (forgets) await forgetHistory(controlPlane);
      }
      await listeners.know(await insist(() => wanted(client)), { timeout: 240_000, interval: 50 });
    } finally {
      await listeners.close();
      await own.close();
    }
  },
);
