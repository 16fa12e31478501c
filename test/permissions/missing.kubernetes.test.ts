// Needs the rig: it starts a control plane of its own.
import { resourceTypes } from "@headgate/api";
import { listAll } from "@headgate/kube";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { one } from "../chart/chart.ts";
import type { Rule } from "../chart/chart.ts";
import { aFreePort } from "../e2e/free-port.ts";
import { installChartAccounts } from "../rigs/kubernetes/chart-accounts.ts";
import { grantsOf, waitForGrants } from "../rigs/kubernetes/grants.ts";
import { startAuditedCluster } from "./audited-cluster.ts";
import type { AuditedCluster } from "./audited-cluster.ts";
import { startInPod } from "./pod-process.ts";

const patience = { timeout: 150_000, interval: 100 };
const namespace = "bare";

let cluster: AuditedCluster;
beforeAll(async () => {
  cluster = await startAuditedCluster();
});
afterAll(() => cluster.close());

test("an operator that lacks permissions says which, waits, and goes on when it gets them, without a restart", async () => {
  const { admin, client, folder } = cluster;
  const values = { operator: { watchReleaseNamespace: true }, endpointPolicies: { enabled: true } };
  const accounts = await installChartAccounts(admin, { namespace, values });
  const roles = [one(accounts.objects, "Role", "bare.headgate"), one(accounts.objects, "Role", "headgate")];
  const [user, all] = [accounts.operator.user, grantsOf(accounts.objects)];
  /** Leaves in the roles what fits, and waits until that is how it is. */
  const grant = async (fits: (verb: string, resource: string) => boolean): Promise<void> => {
    for (const role of roles) {
      const rules = (role.rules ?? []).map((rule): Rule => {
        const [resource = ""] = rule.resources;
        return { ...rule, verbs: rule.verbs.filter((verb) => fits(verb, resource)) };
      });
      // A rule without a verb is no rule.
      const kept = rules.filter(({ verbs }) => verbs.length > 0);
      await client.apply({ ...role, rules: kept }, { manager: "helm", force: true });
    }
    const ours = all.filter((one) => one.user === user);
    for (const permitted of [true, false]) {
      const some = ours.filter(({ verb, resource }) => fits(verb, resource) === permitted);
      await waitForGrants(client, some, permitted);
    }
  };
  const [metricsPort, probePort] = [await aFreePort(), await aFreePort()];
  const ask = async (port: number, path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`);
    return { status: answer.status, text: await answer.text() };
  };

  await grant(() => false);
  const ports = [
    `--metrics-bind-address=127.0.0.1:${String(metricsPort)}`,
    `--health-probe-bind-address=127.0.0.1:${String(probePort)}`,
  ];
  const operator = await startInPod(accounts.operator, { folder, further: ports });
  onTestFinished(() => operator.stop());
  const missing = async (lacking: readonly string[]): Promise<void> => {
    await vi.waitFor(() => {
      const named = lacking.filter((one) => !operator.log().includes(`"missing":"${one} -n ${namespace}"`));
      expect({ named, log: named.length > 0 && operator.log() }).toEqual({ named: [], log: false });
    }, patience);
  };
  await missing(["list pods", "list gateways.gateway.networking.k8s.io", "get leases.coordination.k8s.io"]);
  await missing(["list endpointpolicies.endpointscaler.io"]);
  expect(operator.ended()).toBe(false);
  expect((await ask(probePort, "/healthz")).status).toBe(200);
  expect((await ask(probePort, "/readyz")).status).toBe(503);
  expect((await ask(metricsPort, "/metrics")).text).toMatch(
    /headgate_permission_missing_total\{verb="list",resource="pods"\} [1-9]/,
  );

  const isOfDeployments = (verb: string, resource: string): boolean => verb === "list" && resource === "deployments";
  await grant(
    (verb, resource) =>
      !isOfDeployments(verb, resource) && !(verb === "create" && ["services", "events"].includes(resource)),
  );
  await vi.waitFor(async () => {
    expect((await ask(probePort, "/readyz")).status).toBe(200);
    expect(operator.log()).toContain('"msg":"leading"');
  }, patience);
  const pod = { apiVersion: "v1", kind: "Pod", namespace, name: "a" };
  await client.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace, labels: { "envoy-router/enabled": "true" } },
    spec: { containers: [{ name: "c", image: "x" }] },
  });
  const conditions = [{ type: "Ready", status: "True" }];
  const status = { phase: "Running", podIP: "10.1.2.3", podIPs: [{ ip: "10.1.2.3" }], conditions };
  await client.patch(pod, { status }, { type: "merge", subresource: "status" });
  await missing(["create services", "create events", "list deployments.apps"]);
  await grant((verb, resource) => !isOfDeployments(verb, resource) && !(verb === "create" && resource === "services"));
  const policy = { apiVersion: "endpointscaler.io/v1alpha1", kind: "EndpointPolicy" };
  await client.create({
    ...policy,
    metadata: { name: "p", namespace },
    spec: {
      appRef: { name: "app", image: "x" },
      gatewayRef: { name: "g" },
      endpoints: [{ id: "a", match: { path: "/a" } }],
    },
  });
  const message =
    "endpoint policies are not served: the operator may not list deployments.apps -n bare. It goes on trying.";
  await vi.waitFor(async () => {
    const { status: told } = await client.get({ ...policy, namespace, name: "p" });
    expect(told).toMatchObject({ conditions: [{ status: "False", reason: "PermissionMissing", message }] });
  }, patience);
  await vi.waitFor(async () => {
    const events = await listAll(client, resourceTypes.Event, { namespace });
    const told = events.items.filter((event) => event["reason"] === "PermissionMissing");
    expect(told.map((event) => event["message"]).toSorted()).toEqual([
      "Service a is not up to date: the operator may not create services -n bare. It goes on trying.",
      message,
    ]);
  }, patience);

  await grant(() => true);
  // What was refused for long is tried again after a minute at most.
  const again = { ...patience, timeout: 240_000 };
  await vi.waitFor(() => client.get({ apiVersion: "v1", kind: "Service", namespace, name: "a" }), again);
  await vi.waitFor(() => client.get({ apiVersion: "apps/v1", kind: "Deployment", namespace, name: "app-a" }), again);
  expect(operator.ended()).toBe(false);
}, 480_000);
