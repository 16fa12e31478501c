// Needs the rig: its pods are processes of the rig's node.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@headgate/kube";
import { startInPod } from "../../permissions/pod-process.ts";
import { installChartAccounts } from "../../rigs/kubernetes/chart-accounts.ts";
import { openGateway } from "../../rigs/kubernetes/gateway.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { definePolicies } from "./rig.ts";
import type { PolicyRig } from "./rig.ts";
import { autoscalingStory } from "./stories/autoscaling.ts";
import { grpcStories } from "./stories/grpc.ts";
import { policySuite } from "./suite.ts";

policySuite(
  { name: "kubernetes, with Contour and Envoy, by the chart's account and its rights", open: openRig },
  autoscalingStory,
  grpcStories,
);

/** The operator as a process of its own, with the arguments that the chart gives it, for one namespace of the shared cluster. */
async function openRig(): Promise<PolicyRig> {
  const namespace = `policies-${randomUUID().slice(0, 8)}`;
  const folder = await mkdtemp(join(tmpdir(), "headgate-policies-"));
  const admin = adminAccess();
  const client = connect(admin);
  await definePolicies(client);
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const accounts = await installChartAccounts(admin, {
    namespace: `${namespace}-operator`,
    values: { operator: { watchNamespace: namespace }, endpointPolicies: { enabled: true } },
  });
  const further = ["--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=127.0.0.1:0"];
  const operator = await startInPod(accounts.operator, { folder, further });
  const gateway = await openGateway({ namespace });
  return {
    client,
    namespace,
    gateway: { name: "envoy-router", url: gateway.url },
    refused: () =>
      operator
        .log()
        .split("\n")
        .filter((line) => line.includes('"missing":')),
    close: async () => {
      await operator.stop();
      await gateway.close();
      await accounts.uninstall();
      for (const name of [namespace, `${namespace}-operator`])
        await client.delete({ apiVersion: "v1", kind: "Namespace", name });
      await client.close();
      await rm(folder, { recursive: true });
    },
  };
}
