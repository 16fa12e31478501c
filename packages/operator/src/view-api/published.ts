import { isIPv6 } from "node:net";

import type { Client } from "@headgate/kube";

import type { Place } from "./certificate.ts";

/** The pod that this process is. */
export interface OwnPod {
  readonly name: string;
  readonly address: string;
}

export interface Published extends Place {
  /** The URL at which clients reach the views. */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly port: number;
  /** Undefined: no Service leads here. */
  readonly pod: OwnPod | undefined;
}

/**
 * Says where views are served: in a ConfigMap what a client has to know, and in an EndpointSlice, for a Service that selects nothing,
 * that it is this pod. The EndpointSlice goes with the ConfigMap. Throws OpError.
 */
export async function publish(client: Client, manager: string, { pod, ...told }: Published): Promise<void> {
  const { namespace, name, server, ca, port } = told;
  const metadata = { namespace, name };
  const map = await client.apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { server, "ca.crt": ca } },
    { manager, force: true },
  );
  if (pod === undefined) return;
  const owner = { apiVersion: "v1", kind: "ConfigMap", name, uid: map.metadata.uid ?? "" };
  const targetRef = { kind: "Pod", namespace, name: pod.name };
  await client.apply(
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        ...metadata,
        labels: { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "headgate.io" },
        ownerReferences: [owner],
      },
      addressType: isIPv6(pod.address) ? "IPv6" : "IPv4",
      endpoints: [{ addresses: [pod.address], conditions: { ready: true }, targetRef }],
      ports: [{ name: "https", port, protocol: "TCP" }],
    },
    { manager, force: true },
  );
}
