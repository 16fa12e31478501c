import type { KubeObject, ObjectRef } from "@headgate/api";
import type { Client } from "@headgate/kube";
import type { Chance } from "../kube/chance.ts";
import { chance, pick } from "../kube/chance.ts";
import { foreignObjects, isForeign } from "./foreign.ts";
import type { ForeignObjects } from "./foreign.ts";
import { unless } from "./insist.ts";

/** People and controllers at work in a namespace. */
export interface Churn {
  /** One change, which the seed and its number decide; returns when it has happened. */
  step(): Promise<void>;
  readonly foreign: ForeignObjects;
  readonly steps: number;
}

const names = Array.from({ length: 12 }, (_, index) => `pod-${index}`);

/** The same number twice is twice as likely. */
const deeds = {
  pod: 66,
  squat: 6,
  leave: 14,
  "tamper with a child": 6,
  "delete a child": 5,
  gateway: 3,
} as const;

const podDeeds = {
  status: 34,
  delete: 14,
  "make anew": 14,
  "let terminate": 8,
  label: 15,
  annotate: 15,
} as const;

/** Changes of every kind that pod routes depend on, and objects in their way. */
export function churn(client: Client, options: { readonly namespace: string; readonly seed: number }): Churn {
  const { namespace, seed } = options;
  const foreign = foreignObjects(client, namespace);
  let steps = 0;
  return {
    foreign,
    get steps() {
      return steps;
    },
    step: async () => {
      const random = chance(seed, `step ${++steps}`);
      const name = pick(names, random);
      switch (weighted(deeds, random)) {
        case "pod":
          return changePod(client, { namespace, name }, random);
        case "squat":
          return foreign.put(random, name);
        case "leave":
          return foreign.take(random, name);
        case "tamper with a child":
          return disturb(client, { namespace, name }, random, "tamper");
        case "delete a child":
          return disturb(client, { namespace, name }, random, "delete");
        case "gateway":
          return toggleGateway(client, namespace);
      }
    },
  };
}

interface Place {
  readonly namespace: string;
  readonly name: string;
}

async function changePod(client: Client, place: Place, random: Chance): Promise<void> {
  const ref: ObjectRef = { apiVersion: "v1", kind: "Pod", ...place };
  const pod = await unless(["NOT_FOUND"], () => client.get(ref));
  const deed = weighted(podDeeds, random);
  if (pod === undefined) return makePod(client, newPod(place, random), newStatus(random));
  const patch = async (body: unknown, subresource?: string): Promise<void> => {
    const where = subresource === undefined ? {} : { subresource };
    await unless(["NOT_FOUND"], () => client.patch(ref, body, { type: "merge", ...where }));
  };
  switch (deed) {
    case "status":
      return patch({ status: newStatus(random) }, "status");
    case "delete":
      return deletePod(client, place, 0);
    case "let terminate":
      return deletePod(client, place, pod.metadata.deletionTimestamp === undefined ? longGraceSeconds : 0);
    case "make anew":
      await deletePod(client, place, 0);
      return makePod(client, newPod(place, random), newStatus(random));
    case "label":
      return patch({ metadata: { labels: { "envoy-router/enabled": pick(["true", "true", "yes", null], random) } } });
    case "annotate":
      return patch({ metadata: { annotations: { ...noAnnotations, ...newAnnotations(random) } } });
  }
}

/** Makes a pod as its owner would, and says of it what its node would. */
export async function makePod(client: Client, pod: KubeObject, status: unknown): Promise<void> {
  const { apiVersion, kind, metadata } = pod;
  await unless(["ALREADY_EXISTS"], () => client.create(pod));
  const ref = { apiVersion, kind, ...metadata };
  await unless(["NOT_FOUND"], () => client.patch(ref, { status }, { type: "merge", subresource: "status" }));
}

/** Longer than any test, so that a pod terminates until someone says otherwise. */
export const longGraceSeconds = 3_600;

export async function deletePod(client: Client, { namespace, name }: Place, graceSeconds: number): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  const query = { gracePeriodSeconds: String(graceSeconds) };
  await unless(["NOT_FOUND"], () => client.request({ method: "DELETE", path, query }));
}

export function podSpec(): Readonly<Record<string, unknown>> {
  const containers = [{ name: "c", image: "x", ports: [{ name: "http", containerPort: 9000 }] }];
  return { nodeName: "nowhere", automountServiceAccountToken: false, containers };
}

function newPod(place: Place, random: Chance): KubeObject {
  const labels = random() < 0.9 ? { "envoy-router/enabled": "true" } : {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...place, labels, annotations: newAnnotations(random) },
    spec: podSpec(),
  };
}

function newStatus(random: Chance): unknown {
  const ip = `10.254.${String(Math.floor(random() * 250))}.${String(1 + Math.floor(random() * 250))}`;
  const ready = random() < 0.7 ? "True" : "False";
  const phase = random() < 0.95 ? "Running" : "Succeeded";
  return { phase, podIP: ip, podIPs: [{ ip }], conditions: [{ type: "Ready", status: ready }] };
}

const annotations = {
  "envoy-router/path": ["/a", "/b", "/c"],
  "envoy-router/hostname": ["one.example.com", "two.example.com"],
  "envoy-router/strip-prefix": ["true"],
  "envoy-router/port": ["http", "8081", "no-port"],
} as const;
const noAnnotations = Object.fromEntries(Object.keys(annotations).map((name) => [name, null]));

function newAnnotations(random: Chance): Readonly<Record<string, string>> {
  const chosen: Record<string, string> = {};
  for (const [name, values] of Object.entries(annotations)) {
    const value = pick(values, random);
    if (random() < 0.1) chosen[name] = value;
  }
  return chosen;
}

/** Someone who meddles with a child of ours: each tampers with fields that are ours, or deletes it. */
async function disturb(client: Client, place: Place, random: Chance, how: "tamper" | "delete"): Promise<void> {
  const { apiVersion, kind, fields } = pick(meddling, random);
  const ref: ObjectRef = { apiVersion, kind, ...place };
  const object = await unless(["NOT_FOUND"], () => client.get(ref));
  if (object === undefined || isForeign(object)) return;
  const { uid = "" } = object.metadata;
  await unless(["NOT_FOUND", "CONFLICT", "INVALID"], () =>
    how === "delete"
      ? client.delete(ref, { uid })
      : client.patch(ref, { metadata: { uid }, ...fields }, { type: "merge", manager: "people" }),
  );
}

const meddling = [
  { apiVersion: "v1", kind: "Service", fields: { spec: { ports: [{ name: "theirs", port: 81, protocol: "TCP" }] } } },
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", fields: { ports: [{ port: 1, protocol: "TCP" }] } },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    fields: { spec: { rules: [{ matches: [{ path: { type: "PathPrefix", value: "/tampered" } }] }] } },
  },
] as const;

async function toggleGateway(client: Client, namespace: string): Promise<void> {
  const gateway = theGateway(namespace);
  const made = await unless(["ALREADY_EXISTS"], () => client.create(gateway));
  if (made !== undefined) return;
  await unless(["NOT_FOUND"], () =>
    client.delete({ apiVersion: gateway.apiVersion, kind: gateway.kind, ...gateway.metadata }),
  );
}

export function theGateway(namespace: string): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { namespace, name: "envoy-router" },
    spec: { gatewayClassName: "any", listeners: [{ name: "http", protocol: "HTTP", port: 80 }] },
  };
}

function weighted<K extends string>(weights: Readonly<Record<K, number>>, random: Chance): K {
  const entries = Object.entries(weights) as [K, number][];
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  throw new Error("no weights");
}
