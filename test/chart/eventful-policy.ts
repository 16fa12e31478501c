import { endpointPolicyCrd, resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { expect, vi } from "vitest";

const patience = { timeout: 150_000, interval: 50 };
const merge = { type: "merge" } as const;
const name = "eventful";

export async function definePolicies(client: Client): Promise<void> {
  await client.apply(endpointPolicyCrd, { manager: "test", force: true });
  await vi.waitFor(() => client.list(resourceTypes.EndpointPolicy, { limit: 1 }), patience);
}

/**
 * The whole life of a policy in this namespace, with everything in it that makes the operator write. Its application lives in `app`, or in the
 * same namespace. Pods have no node, and are said to be ready.
 */
export async function eventfulPolicy(client: Client, namespace: string, app = namespace): Promise<void> {
  const gateway = { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: { name, namespace } };
  const listeners = [{ name: "http", protocol: "HTTP", port: 80 }];
  await client.apply({ ...gateway, spec: { gatewayClassName: "none", listeners } }, { manager: "test" });
  if (app !== namespace) await client.create(admission(app, namespace));
  const policy = { apiVersion: "endpointscaler.io/v1alpha1", kind: "EndpointPolicy", metadata: { name, namespace } };
  const setEndpoints = async (endpoints: readonly object[]): Promise<void> => {
    const appRef = { name, namespace: app, image: "x" };
    await client.apply({ ...policy, spec: { appRef, gatewayRef: { name }, endpoints } }, { manager: "person" });
  };
  const kinds = ["Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "HTTPRoute", "GRPCRoute"];
  const wanted = [...kinds, ...(app === namespace ? [] : ["ReferenceGrant"])] as (keyof typeof resourceTypes)[];
  const children = async (): Promise<readonly KubeObject[]> => {
    const places = [...new Set([namespace, app])];
    const lists = wanted.flatMap((kind) =>
      places.map((place) => listAll(client, resourceTypes[kind], { namespace: place })),
    );
    const items = (await Promise.all(lists)).flatMap((list) => list.items);
    return items.filter(({ metadata }) => metadata.labels?.["endpointscaler.io/policy"] === name);
  };

  const hpa = { max: 2, cpuTarget: 50 };
  const resources = { cpuRequest: "1" };
  const podDisruptionBudget = { maxUnavailable: 1 };
  await setEndpoints([
    { id: "web", match: { path: "/web" }, hpa, resources, podDisruptionBudget },
    { id: "rpc", type: "grpc", match: { service: "a.B", method: "C" } },
  ]);
  await vi.waitFor(async () => {
    await makePodsReady(client, app);
    expect(new Set((await children()).map(({ kind }) => kind))).toEqual(new Set(wanted));
  }, patience);

  // Someone changes all of them; they are put back.
  const label = "app.kubernetes.io/managed-by";
  for (const { apiVersion, kind, metadata } of await children())
    await client.patch({ apiVersion, kind, ...metadata }, { metadata: { labels: { [label]: "someone" } } }, merge);
  await vi.waitFor(async () => {
    const marks = (await children()).map(({ metadata }) => metadata.labels?.[label]);
    expect(marks.filter((mark) => mark === "someone")).toEqual([]);
  }, patience);

  // All of them go, and the policy after them.
  await setEndpoints([{ id: "last", match: { path: "/last" } }]);
  await vi.waitFor(async () => {
    const left = (await children()).map(({ metadata }) => metadata.labels?.["endpointscaler.io/endpoint"]);
    expect(left.filter((endpoint) => endpoint !== "last")).toEqual([]);
  }, patience);
  await client.delete({ ...policy, namespace, name });
  await vi.waitFor(async () => {
    expect(await children()).toEqual([]);
  }, patience);
}

async function makePodsReady(client: Client, namespace: string): Promise<void> {
  const { items } = await listAll(client, resourceTypes.Pod, { namespace });
  for (const { metadata, status } of items) {
    const { phase } = (status ?? {}) as { phase?: string };
    if (metadata.labels?.["endpointscaler.io/policy"] !== name || phase === "Running") continue;
    const conditions = [{ type: "Ready", status: "True" }];
    await client.patch(
      { apiVersion: "v1", kind: "Pod", namespace, name: metadata.name },
      { status: { phase: "Running", podIP: "10.1.2.4", podIPs: [{ ip: "10.1.2.4" }], conditions } },
      { ...merge, subresource: "status" },
    );
  }
}

function admission(namespace: string, from: string): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1beta1",
    kind: "ReferenceGrant",
    metadata: { name, namespace },
    spec: {
      from: [{ group: "endpointscaler.io", kind: "EndpointPolicy", namespace: from }],
      to: [{ group: "apps", kind: "Deployment" }],
    },
  };
}
