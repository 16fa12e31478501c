// Needs the rig: it stops and kills what a cluster runs on.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import type { KubeObject } from "@headgate/api";

import { inBackground } from "./background.ts";
import { churn } from "./churn.ts";
import { makeCrowd } from "./crowd.ts";
import { expectFaultFree } from "./end-state.ts";
import { settled } from "./settled.ts";
import { openStage, operatorNamespace } from "./stage.ts";
import type { Stage } from "./stage.ts";

const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const name = "throttled";
const crowd = 100;

/** Ways in which an API server takes little of one client at a time, and what it counts when it says 429. */
const limits = [
  {
    how: "priority and fairness",
    namespace: "fair",
    flags: ["--max-requests-inflight=20", "--max-mutating-requests-inflight=20"],
    objects: fairness(),
    counter: /^apiserver_flowcontrol_rejected_requests_total\{.*flow_schema="throttled".*\} (\d+)$/gm,
  },
  {
    how: "a limit of requests in flight",
    namespace: "limited",
    flags: ["--enable-priority-and-fairness=false", "--max-requests-inflight=3", "--max-mutating-requests-inflight=1"],
    objects: [],
    counter: /^apiserver_request_terminations_total\{code="429",.*\} (\d+)$/gm,
  },
];

describe.each(limits)("with $how", ({ namespace, flags, objects, counter }) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ flags: { apiServer: flags } });
    await stage.namespace(namespace);
    for (const object of objects) await stage.client.create(object);
  });
  afterAll(() => stage.close());

  test(
    `an operator that is told 429 again and again comes to the same end (HEADGATE_SEED=${seed})`,
    { timeout: 480_000 },
    async () => {
      const { client } = stage;
      const people = churn(client, { namespace, seed });
      await makeCrowd(client, { namespace, name: "crowd", count: crowd });
      const operator = await stage.startOperator();
      const work = inBackground(people);
      await vi.waitUntil(() => operator.errors().includes('"code":"THROTTLED"'), { timeout: 150_000 });
      await work.steps(60);
      await work.stop();
      await settled(stage, namespace, [operator]);
      expect(await refusals(counter)).toBeGreaterThan(0);
      expect(await operator.stop()).toBe(0);
      await people.foreign.check();
      await expectFaultFree(stage, namespace);
    },
  );

  /** How many requests the API server says that it refused. */
  const refusals = async (counted: RegExp): Promise<number> => {
    const answer = await stage.metrics();
    return [...answer.matchAll(counted)].reduce((sum, [, count]) => sum + Number(count), 0);
  };
});

/** A level of one seat without a queue, for the operator alone. */
function fairness(): readonly KubeObject[] {
  const apiVersion = "flowcontrol.apiserver.k8s.io/v1";
  const metadata = { name };
  const limited = { nominalConcurrencyShares: 1, lendablePercent: 0, borrowingLimitPercent: 0 };
  const rule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true };
  const subjects = [{ kind: "ServiceAccount", serviceAccount: { namespace: operatorNamespace, name: "*" } }];
  return [
    {
      apiVersion,
      kind: "PriorityLevelConfiguration",
      metadata,
      spec: { type: "Limited", limited: { ...limited, limitResponse: { type: "Reject" } } },
    },
    {
      apiVersion,
      kind: "FlowSchema",
      metadata,
      spec: {
        priorityLevelConfiguration: metadata,
        matchingPrecedence: 10,
        rules: [{ subjects, resourceRules: [rule] }],
      },
    },
  ];
}
