// Needs the rig: it stops and kills what a cluster runs on.
import { operatorCrd, resourceTypes } from "@headgate/api";
import { afterAll, beforeAll, test, vi } from "vitest";
import { forgetHistory } from "../../rigs/kubernetes/private-control-plane.ts";
import { chance } from "../kube/chance.ts";
import { inBackground } from "../kubernetes/background.ts";
import { openStage } from "../kubernetes/stage.ts";
import type { Stage } from "../kubernetes/stage.ts";
import { pipelineChurn } from "./churn.ts";
import { copiesOperator, groupsOperator, namespace } from "./operators.ts";

const kills = 6 * Number(process.env["HEADGATE_RUNS"] ?? 1);
const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const watching = ["list", "watch"];
const rules = [
  { apiGroups: [""], resources: ["configmaps"], verbs: watching },
  { apiGroups: [""], resources: ["services"], verbs: ["get", ...watching, "patch"] },
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", ...watching, "create", "patch", "delete"] },
];
let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ values: { pipelines: { enabled: true, rules } } });
  const { client } = stage;
  await stage.namespace(namespace);
  await client.create(operatorCrd);
  await vi.waitFor(() => client.list(resourceTypes.Operator), 90_000);
  for (const object of [groupsOperator, copiesOperator("copy")]) await client.create(object);
});
afterAll(() => stage.close());

test(
  `${String(kills)} times an operator, and in between the API server, is killed with -9: pipelines leave what they would without (HEADGATE_SEED=${String(seed)})`,
  { timeout: 300_000 + kills * 30_000 },
  async () => {
    const { client, controlPlane } = stage;
    const people = pipelineChurn(() => client, seed);
    const work = inBackground(people);
    for (let kill = 0; kill < kills; kill++) {
      const random = chance(seed, `kill ${String(kill)}`);
      const operator = await stage.startOperator({ flags: ["--no-leader-elect"] });
      if (random() < 0.8) await vi.waitUntil(() => operator.logged("reconciled") > 0, 150_000);
      await work.steps(Math.floor(random() * 40));
      if (kill % 3 === 2) {
        await controlPlane.apiServer.stop("SIGKILL");
        controlPlane.apiServer.start();
        await controlPlane.ready();
        await work.steps(Math.floor(random() * 20));
        if (kill % 2 === 1) await forgetHistory(controlPlane);
        await work.steps(10);
      }
      await operator.stop("SIGKILL");
    }
    const last = await stage.startOperator({ flags: ["--no-leader-elect"] });
    await work.stop();
    await vi.waitFor(people.check, { timeout: 240_000, interval: 100 });
    await last.stop("SIGKILL");
  },
);
