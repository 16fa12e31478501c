import { resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { expect, vi } from "vitest";

const childTypes = [resourceTypes.Service, resourceTypes.EndpointSlice, resourceTypes.HTTPRoute];
const merge = { type: "merge" } as const;
const patience = { timeout: 60_000, interval: 50 };
const name = "a";

async function children(client: Client, namespace: string): Promise<readonly KubeObject[]> {
  const lists = await Promise.all(childTypes.map((type) => listAll(client, type, { namespace })));
  return lists.flatMap(({ items }) => items).filter(({ metadata }) => metadata.name === name);
}

/**
 * The whole life of a pod `a` in this namespace, with everything in it that makes the operator write. The pod has no node, and is
 * said to be running.
 */
export async function eventfulLife(client: Client, namespace: string): Promise<void> {
  const podRef = { apiVersion: "v1", kind: "Pod", namespace, name };
  const labels = { "envoy-router/enabled": "true" };
  const spec = { containers: [{ name: "c", image: "x" }] };
  await client.create({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels }, spec });
  const conditions = [{ type: "Ready", status: "True" }];
  const status = { phase: "Running", podIP: "10.1.2.3", podIPs: [{ ip: "10.1.2.3" }], conditions };
  await client.patch(podRef, { status }, { ...merge, subresource: "status" });
  const kinds = async (wanted: readonly string[]): Promise<void> => {
    await vi.waitFor(async () => {
      expect((await children(client, namespace)).map((child) => child.kind)).toEqual(wanted);
    }, patience);
  };
  const made = (): Promise<void> => kinds(childTypes.map((type) => type.kind));
  await made();

  // Someone changes all three; they are put back.
  const label = "app.kubernetes.io/managed-by";
  for (const child of await children(client, namespace)) {
    const ref = { apiVersion: child.apiVersion, kind: child.kind, namespace, name };
    await client.patch(ref, { metadata: { labels: { [label]: "someone" } } }, merge);
  }
  await vi.waitFor(async () => {
    const marks = (await children(client, namespace)).map(({ metadata }) => metadata.labels?.[label]);
    expect(marks).toEqual(["envoy-router", "envoy-router", "envoy-router"]);
  }, patience);

  // A faulty annotation takes the objects away and gives an Event; the same fault again raises its count.
  const path = async (value: string | null): Promise<void> => {
    await client.patch(podRef, { metadata: { annotations: { "envoy-router/path": value } } }, merge);
  };
  const counted = async (count: number): Promise<void> => {
    await vi.waitFor(async () => {
      const { items } = await listAll(client, resourceTypes.Event, { namespace });
      const faults = items.filter((event) => event["reason"] === "InvalidAnnotation");
      expect(faults.map((event) => event["count"])).toEqual([count]);
      expect(await children(client, namespace)).toEqual([]);
    }, patience);
  };
  await path("no-slash");
  await counted(1);
  await path(null);
  await made();
  await path("no-slash");
  await counted(2);

  // Without the label it is nobody's business.
  await path(null);
  await made();
  await client.patch(podRef, { metadata: { labels: { "envoy-router/enabled": null } } }, merge);
  await kinds([]);
  await client.delete(podRef);
}
