// Needs the rig: it starts a control plane of its own, because whoever serves Operators serves all of a cluster.
import { randomUUID } from "node:crypto";
import { defaultPodRouteSettings, operatorCrd, resourceTypes } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { operator } from "@headgate/operator";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { installChartAccounts } from "../../rigs/kubernetes/chart-accounts.ts";
import { defineGatewayApi } from "../../rigs/kubernetes/gateway-api.ts";
import { startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";

const patience = { timeout: 150_000, interval: 50 };
const namespace = `pipeline-rights-${randomUUID().slice(0, 8)}`;
const config = { apiVersion: "v1", kind: "ConfigMap", namespace };
const name = namespace;
const ref = { apiVersion: "dcontroller.io/v1alpha1", kind: "Operator", name };
const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: `${name}-secrets` };

let admin: Client;
let client: Client;
let close: () => Promise<void>;
let user: string;

beforeAll(async () => {
  const plane = await startPrivateControlPlane(6);
  const access = adminAccess(plane.access);
  admin = connect(access);
  await defineGatewayApi(admin);
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await admin.apply(operatorCrd, { manager: "test", force: true });
  await vi.waitFor(() => admin.list(resourceTypes.Operator), patience);
  const rules = [
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch", "create", "patch", "delete"] },
  ];
  const values = { pipelines: { enabled: true, rules }, gateway: { create: false, createClass: false } };
  const { operator: account } = await installChartAccounts(access, { namespace, values });
  user = account.name;
  expect(account.args).not.toContain("--no-pipelines");
  client = connect(account.access);
  const abort = new AbortController();
  const running = operator({
    client,
    settings: { ...defaultPodRouteSettings, watchNamespace: namespace },
    parts: { pipelines: true },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const done = running.run(abort.signal);
  close = async () => {
    abort.abort();
    await done;
    await client.close();
    await admin.close();
    await plane.close();
  };
}, 150_000);

afterAll(async () => {
  await admin.delete(ref);
  await vi.waitFor(async () => {
    await expect(admin.get(ref)).rejects.toMatchObject({ code: "NOT_FOUND" });
  }, patience);
  await close();
}, 150_000);

const copy = (kind: string): object => ({
  name: kind.toLowerCase(),
  sources: [{ apiGroup: "", kind, labelSelector: { matchLabels: { take: "yes" } } }],
  pipeline: {
    "@project": {
      metadata: { name: { "@concat": ["$.metadata.name", "-copy"] }, namespace: "$.metadata.namespace" },
      data: "$.data",
    },
  },
  target: { apiGroup: "", kind: "ConfigMap" },
});

async function controllers(): Promise<readonly { readonly ready: string; readonly lastErrors: readonly string[] }[]> {
  const { status } = await admin.get(ref);
  const { controllers: each = [] } = (status ?? {}) as {
    controllers?: { conditions: { status: string; reason: string }[]; lastErrors: string[] }[];
  };
  return each.map(({ conditions: [ready], lastErrors }) => ({
    ready: `${ready?.status ?? ""}/${ready?.reason ?? ""}`,
    lastErrors,
  }));
}

test("with the chart's roles alone a permission that is missing is named, harms no other controller, and is enough once granted", async () => {
  const labels = { take: "yes" };
  await admin.create({ ...config, metadata: { namespace, name: "one", labels }, data: { a: "1" } });
  await admin.create({
    ...config,
    kind: "Secret",
    metadata: { namespace, name: "two", labels },
    stringData: { a: "shown" },
  });
  await admin.create({ ...ref, metadata: { name }, spec: { controllers: [copy("ConfigMap"), copy("Secret")] } });
  await vi.waitFor(async () => {
    expect(await controllers()).toEqual([
      { ready: "True/Ready", lastErrors: [] },
      {
        ready: "False/NotReady",
        lastErrors: [`source core/*/Secret: Headgate may not list secrets in namespace ${namespace}`],
      },
    ]);
    expect((await admin.get({ ...config, name: "one-copy" }))["data"]).toEqual({ a: "1" });
  }, patience);
  await admin.create({
    ...role,
    metadata: { name: role.name },
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list", "watch"] }],
  });
  await admin.create({
    apiVersion: role.apiVersion,
    kind: "ClusterRoleBinding",
    metadata: { name: role.name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: role.kind, name: role.name },
    subjects: [{ kind: "ServiceAccount", name: user, namespace }],
  });
  await vi.waitFor(async () => {
    expect(await controllers()).toEqual([
      { ready: "True/Ready", lastErrors: [] },
      { ready: "True/Ready", lastErrors: [] },
    ]);
    expect((await admin.get({ ...config, name: "two-copy" }))["data"]).toEqual({ a: "shown" });
  }, patience);
}, 450_000);
