/** Services with their EndpointSlices, as events: the same ones each time. */
import { readFileSync } from "node:fs";

import type { KubeObject } from "@headgate/api";
import { Pipelines, readOperators } from "@headgate/pipeline";
import type { FeedEvent } from "@headgate/pipeline";

import { root } from "../../../tools/root.ts";

export const now = "2026-01-31T12:00:00Z";

/** A pipeline with its events: those that load it, and those that change it, back and forth. */
export interface Story {
  readonly text: string;
  readonly load: readonly FeedEvent[];
  readonly changes: readonly FeedEvent[];
  /** How many objects its last controller's target holds once it is loaded. */
  readonly rows: number;
}

export function start({ text }: Story): Pipelines {
  const { controllers, faulty } = readOperators(text, "bench");
  if (faulty.length > 0) throw new Error(JSON.stringify(faulty));
  return new Pipelines(controllers, { now });
}

function event(feed: string, object: KubeObject): FeedEvent {
  return { feed, key: `${object.metadata.namespace ?? ""}/${object.metadata.name}`, object };
}

/** The seed's two endpoint pipelines: two ports and five endpoints for each Service. */
export function endpoints(file: "endpoints" | "endpoints-gathered", services: number): Story {
  const load: FeedEvent[] = [];
  const changes: FeedEvent[] = [];
  for (let index = 0; index < services; index++) {
    load.push(event("core/*/Service", service(`service-${index}`)));
    load.push(event("discovery.k8s.io/*/EndpointSlice", slice(index, true)));
    changes.push(event("discovery.k8s.io/*/EndpointSlice", slice(index, false)));
    changes.push(event("discovery.k8s.io/*/EndpointSlice", slice(index, true)));
  }
  const text = readFileSync(`${root}packages/pipeline/testdata/${file}.yaml`, "utf8");
  return { text, load, changes, rows: services * 2 * (file === "endpoints" ? 5 : 1) };
}

function service(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: "bench",
      annotations: { "dcontroller.io/endpointslice-controller-enabled": "true" },
    },
    spec: {
      type: "ClusterIP",
      ports: [
        { name: "http", protocol: "TCP", port: 80, targetPort: 8080 },
        { name: "https", protocol: "TCP", port: 443, targetPort: 8443 },
      ],
    },
  };
}

function slice(index: number, ready: boolean): KubeObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `service-${index}-slice`,
      namespace: "bench",
      labels: { "kubernetes.io/service-name": `service-${index}` },
    },
    endpoints: Array.from({ length: 5 }, (_, endpoint) => ({
      addresses: [`10.${index >> 8}.${index & 255}.${endpoint + 1}`],
      conditions: { ready: ready || endpoint > 0 },
    })),
  };
}

/** A join of two kinds by name and namespace, and a projection. */
export function equiJoin(objects: number): Story {
  const of = (kind: string, index: number, size: number): FeedEvent =>
    event(`core/*/${kind}`, {
      apiVersion: "v1",
      kind,
      metadata: { name: `object-${index}`, namespace: "bench" },
      spec: { size },
    });
  const indices = Array.from({ length: objects }, (_, index) => index);
  return {
    text: JSON.stringify({
      controllers: [
        {
          name: "join",
          sources: ["Left", "Right"].map((kind) => ({ apiGroup: "", kind })),
          pipeline: [
            {
              "@join": {
                "@and": [
                  { "@eq": ["$.Left.metadata.name", "$.Right.metadata.name"] },
                  { "@eq": ["$.Left.metadata.namespace", "$.Right.metadata.namespace"] },
                ],
              },
            },
            { "@project": { metadata: "$.Left.metadata", left: "$.Left.spec.size", right: "$.Right.spec.size" } },
          ],
          target: { kind: "Joined" },
        },
      ],
    }),
    load: [...indices.map((index) => of("Left", index, 1)), ...indices.map((index) => of("Right", index, 1))],
    changes: indices.flatMap((index) => [of("Left", index, 2), of("Right", index, 3)]),
    rows: objects,
  };
}
