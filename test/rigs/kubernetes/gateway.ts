/** Gateways of the rig: each is served by a Contour and an Envoy of its own, on an address of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";
import { contourControllerName, contourPrograms, startContour } from "@headgate/local";
import type { RunningContour } from "@headgate/local";

import { adminAccess, sharedCluster } from "./shared-cluster.ts";
import type { SharedCluster } from "./shared-cluster.ts";

/** The Gateway that every run has: pod routes of the namespace `default` attach to it, and it takes routes of all namespaces. */
export const sharedGateway = { namespace: "default", name: "envoy-router", address: "10.244.0.2" } as const;

export interface GatewayOptions {
  /** In a namespace that is there. */
  readonly namespace: string;
  /** Default: `envoy-router`, which pod routes attach to. */
  readonly name?: string;
  /** One of the first 256 of the pods' range, which pods never get. Default: one that no other test file has. */
  readonly address?: string;
  /** Default: one listener, `http`, on port 80, for routes of all namespaces. */
  readonly listeners?: readonly object[];
}

export interface OpenGateway {
  /** Of the listener on port 80. Nobody answers there while no route is attached: Contour opens no port for nothing. */
  readonly url: string;
  /** The two programs, and where other listeners answer. */
  readonly contour: RunningContour;
  /** Removes the Gateway too. */
  close(): Promise<void>;
}

const gatewayClass: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: "contour" },
  spec: { controllerName: contourControllerName },
};

const everywhere = { name: "http", protocol: "HTTP", port: 80, allowedRoutes: { namespaces: { from: "All" } } };

type Cluster = Pick<SharedCluster, "server" | "ca" | "token">;

/** Creates a Gateway and what serves it; returns when it is programmed. Contour serves one Gateway, so each has its own. */
export async function openGateway(options: GatewayOptions, cluster: Cluster = sharedCluster()): Promise<OpenGateway> {
  const { namespace, name = "envoy-router", address = ownAddress(), listeners = [everywhere] } = options;
  const programs = await contourPrograms({ say: console.error });
  const folder = await mkdtemp(join(tmpdir(), "headgate-contour-"));
  const client = connect(adminAccess(cluster));
  const gateway: KubeObject = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name, namespace },
    spec: { gatewayClassName: gatewayClass.metadata.name, listeners },
  };
  const tidy = async (): Promise<void> => {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await client.apply(gatewayClass, { manager: "test" });
    await client.apply(gateway, { manager: "test" });
    const contour = await startContour({ access: cluster, programs, folder, address, gateway: { namespace, name } });
    const { host, port } = contour.listener(80);
    return {
      url: `http://${host}:${String(port)}`,
      contour,
      close: async () => {
        await client.delete({ apiVersion: gateway.apiVersion, kind: gateway.kind, namespace, name });
        await contour.close();
        await tidy();
      },
    };
  } catch (error) {
    await tidy();
    throw error;
  }
}

let opened = 0;

/** Test files run in two workers at a time, each with a number of its own. */
function ownAddress(): string {
  opened += 1;
  return `10.244.0.${String(10 + 20 * Number(process.env["VITEST_POOL_ID"] ?? 0) + (opened % 20))}`;
}
