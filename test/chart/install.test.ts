import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { resourceTypes } from "@headgate/api";
import type { KubeObject, ResourceType } from "@headgate/api";
import { startApiServer } from "@headgate/local";
import type { ApiServer } from "@headgate/local";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chartFolder, chartSuite, render, runHelmOn, valueArguments } from "./chart.ts";
import type { Ended } from "./chart.ts";

const rbac = "rbac.authorization.k8s.io";

const rbacKinds: readonly ResourceType[] = [
  { apiVersion: `${rbac}/v1`, kind: "Role", plural: "roles", namespaced: true },
  { apiVersion: `${rbac}/v1`, kind: "RoleBinding", plural: "rolebindings", namespaced: true },
  { apiVersion: `${rbac}/v1`, kind: "ClusterRole", plural: "clusterroles", namespaced: false },
  { apiVersion: `${rbac}/v1`, kind: "ClusterRoleBinding", plural: "clusterrolebindings", namespaced: false },
];
const serviceAccounts = { apiVersion: "v1", kind: "ServiceAccount", plural: "serviceaccounts", namespaced: true };
const { Deployment, Service, Gateway, GatewayClass } = resourceTypes;
const installed: readonly ResourceType[] = [Deployment, Service, serviceAccounts, Gateway, GatewayClass, ...rbacKinds];

let server: ApiServer;
let client: Client;
let folder: string;
/** What the API server had before anything was installed. */
let itsOwn: ReadonlySet<string>;

beforeEach(async () => {
  itsOwn = new Set();
  server = await startApiServer({});
  client = connect({ server: server.url });
  folder = mkdtempSync(join(tmpdir(), "headgate-chart-"));
  writeFileSync(join(folder, "kubeconfig"), server.kubeconfig());
  itsOwn = new Set((await objects()).keys());
});
afterEach(async () => {
  await client.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Runs Helm on the embedded cluster, which publishes no OpenAPI for Helm to check objects against before it sends them. */
function helm(command: "install" | "upgrade", values: unknown = {}): Promise<Ended> {
  const args = [command, "rel", chartFolder, "--disable-openapi-validation", ...valueArguments({ values })];
  return runHelmOn(join(folder, "kubeconfig"), args, JSON.stringify(values));
}

/** Every object of the kinds that the chart makes, as the API server has it; not those that it has by itself. */
async function objects(): Promise<Map<string, KubeObject>> {
  const lists = await Promise.all(installed.map((type) => listAll(client, type)));
  const all = lists.flatMap(({ items }) =>
    items.map((item): [string, KubeObject] => [`${item.kind} ${item.metadata.name}`, item]),
  );
  return new Map(all.filter(([name]) => !itsOwn.has(name)));
}

chartSuite("helm install on the embedded cluster", () => {
  test("is accepted whole, and says what was installed and what is still missing", async () => {
    const { status, output, errors } = await helm("install", { "envoy-gateway": { enabled: true } });
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    expect(output).toContain("routes /<pod-name> on the Gateway envoy-router");
    expect(output).toContain("headgate.io/instance=default.rel");
    expect(output).toContain("values under envoy-gateway\nare accepted and not used. Install Envoy Gateway separately");
    expect([...(await objects()).keys()].toSorted()).toEqual([
      "ClusterRole default.rel-headgate",
      "ClusterRoleBinding default.rel-headgate",
      "Deployment rel-headgate",
      "Gateway envoy-router",
      "GatewayClass envoy-router",
      "Role rel-headgate",
      "RoleBinding rel-headgate",
      "Service rel-headgate-metrics",
      "ServiceAccount rel-headgate",
    ]);
  });

  test("with the proxy, needs nothing else, and no field of its own is lost on the way", async () => {
    const { status, output } = await helm("install", { proxy: { enabled: true } });
    expect(status).toBe(0);
    expect(output).not.toContain("Install Envoy Gateway");
    const found = await objects();
    const rendered = render({ namespace: "default", values: { proxy: { enabled: true } } });
    expect(found.size).toBe(rendered.length);
    for (const { kind, metadata, spec } of rendered) {
      expect(found.get(`${kind} ${metadata.name}`)).toMatchObject({ kind, metadata, ...(spec && { spec }) });
    }
  });

  test("can be upgraded, and leaves the GatewayClass for others when it goes", async () => {
    expect(await helm("install")).toMatchObject({ status: 0 });
    expect(await helm("upgrade", { operator: { podPort: 9000, watchReleaseNamespace: true } })).toMatchObject({
      status: 0,
    });
    const upgraded = await objects();
    expect(JSON.stringify(upgraded.get("Deployment rel-headgate")?.spec)).toContain("--pod-port=9000");
    expect([...upgraded.keys()].filter((name) => name.startsWith("ClusterRole"))).toEqual([]);
    // The record of the release stays: Helm would delete it in a way that the embedded API server does not read.
    await runHelmOn(join(folder, "kubeconfig"), ["uninstall", "rel", "--keep-history"]);
    expect([...(await objects()).keys()]).toEqual(["GatewayClass envoy-router"]);
  });

  test("warns of a Gateway that no pod would attach to", async () => {
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    const elsewhere = await helm("install", { operator: { watchNamespace: "shop" } });
    expect(elsewhere.output).toContain("WARNING: the Gateway is made in default");
    const renamed = await helm("upgrade", { operator: { gatewayName: "edge" } });
    expect(renamed.output).toContain(
      "WARNING: the Gateway is called envoy-router, but routes attach to one called edge",
    );
  });
});
