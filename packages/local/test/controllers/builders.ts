/** Objects as an API server would give them. */
import type { Deployment, Pod, ReplicaSet, Service } from "../../src/client/kinds.ts";
import type { ObjectMeta } from "../../src/client/object.ts";

let serial = 0;

export function meta(name: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
  serial += 1;
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, serial)).toISOString();
  return {
    name,
    namespace: "default",
    uid: `uid-${serial}`,
    resourceVersion: String(serial),
    generation: 1,
    creationTimestamp,
    ...more,
  };
}

export function deployment(spec: Partial<Deployment["spec"]>, more: Partial<Deployment> = {}): Deployment {
  const labels = { app: "web" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta("web"),
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "one" }] } },
      ...spec,
    },
    ...more,
  };
}

export function replicaSet(
  name: string,
  more: { image?: string; replicas?: number; available?: number; meta?: Partial<ObjectMeta> } = {},
): ReplicaSet {
  const { image = "one", replicas = 3, available = replicas } = more;
  const labels = { app: "web", "pod-template-hash": name };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: meta(name, more.meta),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image }] } },
    },
    status: { replicas, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  };
}

export interface PodLook {
  readonly ready?: boolean;
  readonly since?: string;
  readonly phase?: string;
  readonly ips?: readonly string[];
  readonly node?: string;
  readonly restarts?: number;
  readonly meta?: Partial<ObjectMeta>;
  readonly ports?: readonly { name?: string; containerPort: number }[];
}

export function pod(name: string, look: PodLook = {}): Pod {
  const {
    ready = true,
    phase = "Running",
    ips = ["127.0.0.9"],
    node = "local",
    since = "2026-01-01T00:00:00Z",
    restarts = 0,
  } = look;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: meta(name, { labels: { app: "web" }, ...look.meta }),
    spec: { containers: [{ name: "main", ports: look.ports ?? [] }], ...(node === "" ? {} : { nodeName: node }) },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: since }],
      podIPs: ips.map((ip) => ({ ip })),
      containerStatuses: [
        {
          name: "main",
          image: "",
          imageID: "",
          ready,
          started: true,
          restartCount: restarts,
          state: {},
          lastState: {},
        },
      ],
    },
  };
}

export function service(spec: Partial<Service["spec"]> = {}, more: Partial<ObjectMeta> = {}): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta("web", more),
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
  };
}
