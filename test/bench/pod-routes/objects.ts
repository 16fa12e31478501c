/** What the bench makes, and what it expects to be made of it. */
import { defaultPodRouteSettings } from "@headgate/api";
import type { Desired, KubeObject } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import type { Client } from "@headgate/kube";
import { appliedAnnotation } from "@headgate/views/plan";
import { podRoutes } from "@headgate/views/pod-routes";

export const gateway: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "envoy-router", namespace: "default" },
  spec: { gatewayClassName: "any", listeners: [{ name: "http", protocol: "HTTP", port: 80 }] },
};

export const podName = (i: number): string => `pod-${i}`;

/** A labelled pod, as it is created. */
export function pod(i: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: podName(i), namespace: "default", labels: { "envoy-router/enabled": "true" } },
    spec: { nodeName: "none", containers: [{ name: "c", image: "x" }] },
  };
}

/** Of a pod that serves; `restarts` differs where only a status that changes nothing for anyone's traffic is wanted. */
export function readyStatus(i: number, restarts = 0): Readonly<Record<string, unknown>> {
  const ip = `10.244.${1 + (i >> 8)}.${i & 255}`;
  const conditions = ["Ready", "ContainersReady"].map((type) => ({ type, status: "True" }));
  const running = { name: "c", image: "x", imageID: "x", ready: true, started: true, restartCount: restarts };
  return { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions, containerStatuses: [running] };
}

export async function createReadyPod(client: Client, i: number): Promise<void> {
  await client.create(pod(i));
  await patchStatus(client, i, readyStatus(i));
}

export function patchStatus(client: Client, i: number, status: Readonly<Record<string, unknown>>): Promise<KubeObject> {
  const ref = { apiVersion: "v1", kind: "Pod", namespace: "default", name: podName(i) };
  return client.patch(ref, { status }, { type: "merge", subresource: "status" });
}

/** The children of `count` pods as the operator writes them, byte for byte but for identities and the hash in one annotation. */
export function children(count: number, namespace = "default"): Readonly<Record<string, readonly KubeObject[]>> {
  const decided = graph();
  const { inputs, outputs } = mount(decided, podRoutes(defaultPodRouteSettings));
  decided.turn((turn) => {
    for (let i = 0; i < count; i++) {
      const made = pod(i);
      const metadata = { ...made.metadata, namespace, uid: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}` };
      turn.set(inputs.pods, `${namespace}/${podName(i)}`, { ...made, metadata, status: readyStatus(i) });
    }
  });
  const all = [...outputs.desired.entries()].map(([, desired]) => marked(desired));
  return Object.groupBy(all, ({ kind }) => kind) as Record<string, KubeObject[]>;
}

function marked({ object }: Desired): KubeObject {
  const annotations = { [appliedAnnotation]: "0123456789abcdef" };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
