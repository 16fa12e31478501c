import { randomUUID } from "node:crypto";
import { expect, vi } from "vitest";

import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";

import { openGateway } from "../../rigs/kubernetes/gateway.ts";
import type { OpenGateway } from "../../rigs/kubernetes/gateway.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { startBackend } from "./backend.ts";
import { call } from "./client.ts";
import { httpRoute, service } from "./objects.ts";
import type { OpenRig } from "./rig.ts";

const patience = { timeout: 90_000, interval: 10 };
/** The API server takes no loopback address for an endpoint. */
const ownHost = "10.244.0.1";
const markerHost = "settled.test";

/** Contour and Envoy on the real API server, in a namespace of the rig's own. */
export async function openContour(): Promise<OpenRig> {
  const client = connect(adminAccess());
  const namespace = `proxy-${randomUUID().slice(0, 8)}`;
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const gateways = new Map<string, { gateway: OpenGateway; ports: readonly number[] }>();
  const marker = await startBackend("marker", undefined, ownHost);

  /** The suite's own namespace, addresses and times are those of a rig without an API server. */
  const here = (object: KubeObject): KubeObject => {
    const { name, labels = {} } = object.metadata;
    const moved = { ...object, metadata: { name, namespace, labels } };
    if (object.kind !== "EndpointSlice") return moved;
    const { endpoints } = object as KubeObject & { endpoints: readonly { addresses: readonly string[] }[] };
    const at = (address: string): string => (address === "127.0.0.1" ? ownHost : address);
    return { ...moved, endpoints: endpoints.map((one) => ({ ...one, addresses: one.addresses.map(at) })) };
  };
  const write = (object: KubeObject): Promise<KubeObject> =>
    client.apply(here(object), { manager: "conformance", force: true });

  const writeGateway = async (object: KubeObject): Promise<void> => {
    const { name } = object.metadata;
    const { listeners } = object["spec"] as { listeners: readonly { port: number }[] };
    await gateways.get(name)?.gateway.close();
    const gateway = await openGateway({ namespace, name, listeners });
    gateways.set(name, { gateway, ports: listeners.map(({ port }) => port) });
  };
  const where: OpenRig["where"] = (port) => {
    for (const { gateway, ports } of gateways.values()) if (ports.includes(port)) return gateway.contour.listener(port);
    throw new Error(`no Gateway has a listener on port ${String(port)}`);
  };

  let settled: readonly KubeObject[] = [];
  let count = 0;
  /**
   * Contour sees the objects of a kind in the order in which they were written: when a route to a Service with an endpoint, all
   * three new, carries a request, then everything written before is served.
   */
  const settle = async (): Promise<void> => {
    count += 1;
    const name = `marker-${String(count)}`;
    const matches = [{ path: { type: "Exact", value: `/${name}` } }];
    const route = httpRoute({ name, hostnames: [markerHost], rules: [{ matches, backendRefs: [{ name, port: 80 }] }] });
    const parentRefs = [...gateways.keys()].map((gateway) => ({ name: gateway }));
    const objects = [
      ...service(name, [{ port: marker.port }]).toReversed(),
      { ...route, spec: { ...(route["spec"] as object), parentRefs } },
    ];
    for (const object of objects) await write(object);
    for (const { ports } of gateways.values())
      await vi.waitFor(async () => {
        const { status } = await call(where(ports[0] ?? 0), { host: markerHost, path: `/${name}` });
        expect(status).toBe(200);
      }, patience);
    await remove(settled);
    settled = objects;
  };

  const remove = async (objects: readonly KubeObject[]): Promise<void> => {
    for (const { apiVersion, kind, metadata } of objects) {
      if (kind === "GatewayClass") continue;
      if (kind === "Gateway") {
        await gateways.get(metadata.name)?.gateway.close();
        gateways.delete(metadata.name);
      } else await client.delete({ apiVersion, kind, namespace, name: metadata.name });
    }
  };

  return {
    ownHost,
    where,
    remove,
    apply: async (objects) => {
      for (const object of objects.filter(({ kind }) => kind === "Gateway")) await writeGateway(object);
      const rest = objects.filter(({ kind }) => kind !== "Gateway" && kind !== "GatewayClass");
      await writeByAge(rest, { write, remove });
      await settle();
    },
    close: async () => {
      for (const { gateway } of gateways.values()) await gateway.close();
      await marker.close();
      await client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
      await client.close();
    },
  };
}

interface Writing {
  readonly write: (object: KubeObject) => Promise<KubeObject>;
  readonly remove: (objects: readonly KubeObject[]) => Promise<void>;
}

/**
 * The API server keeps the time in whole seconds: objects of one timestamp are created within one second, those of the next one
 * later.
 */
async function writeByAge(objects: readonly KubeObject[], { write, remove }: Writing): Promise<void> {
  const times = [...new Set(objects.map(({ metadata }) => metadata.creationTimestamp))].sort();
  if (times.length <= 1 || !objects.every(({ kind }) => kind === "HTTPRoute")) {
    for (const object of objects) await write(object);
    return;
  }
  for (const time of times) {
    const group = objects.filter(({ metadata }) => metadata.creationTimestamp === time);
    for (;;) {
      const made = await Promise.all(group.map(write));
      const seconds = new Set(made.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? "")));
      await vi.waitUntil(() => Date.now() >= Math.max(...seconds) + 1000, patience);
      if (seconds.size === 1) break;
      await remove(group);
    }
  }
}
