import { readFileSync } from "node:fs";

import type { KubeObject } from "@headgate/api";
import { Pipelines, readOperators } from "@headgate/pipeline";
import type { FeedEvent, TargetDelta } from "@headgate/pipeline";

export const now = "2026-01-31T12:00:00Z";
export const services = "core/*/Service";
export const slices = "discovery.k8s.io/*/EndpointSlice";

export function fileOf(name: string): string {
  return readFileSync(new URL(`../testdata/${name}`, import.meta.url), "utf8");
}

/** The pipelines of a text; it has no fault. */
export function pipelinesOf(text: string, operator = "test"): Pipelines {
  const { controllers, faulty, problems } = readOperators(text, operator);
  const wrong = [...problems, ...faulty.flatMap((one) => one.problems)];
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong, null, 2));
  return new Pipelines(controllers, { now });
}

export function service(name: string, ports: readonly number[], enabled = true): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: "default",
      ...(enabled ? { annotations: { "dcontroller.io/endpointslice-controller-enabled": "true" } } : {}),
    },
    spec: { type: "ClusterIP", ports: ports.map((port) => ({ protocol: "TCP", port, targetPort: port })) },
  };
}

export function slice(name: string, of: string, addresses: readonly string[], ready = true): KubeObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": of } },
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready } })),
  };
}

export function there(feed: string, object: KubeObject): FeedEvent {
  const { namespace, name } = object.metadata;
  return { feed, key: namespace === undefined ? name : `${namespace}/${name}`, object };
}

export function gone(feed: string, key: string): FeedEvent {
  return { feed, key, object: undefined };
}

/** The deltas of one controller, as `Added default/name`. */
export function said(deltas: readonly TargetDelta[], controller: string): string[] {
  return deltas.filter((delta) => delta.controller === controller).map(({ type, key }) => `${type} ${key}`);
}
