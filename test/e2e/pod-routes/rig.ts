import { expect, vi } from "vitest";

import type { Client } from "@headgate/kube";

import type { Cluster, Program } from "./clusters.ts";
import type { Headgate } from "./headgate.ts";

/** Long enough for a machine that is busy with something else; nothing waits for it to pass. */
export const patience = { timeout: 150_000, interval: 20 };

/** A cluster of one node with Headgate's operator, and something that serves its Gateways. */
export interface PodRouteRig {
  /** Of an administrator. */
  readonly client: Client;
  /** The path of a kubeconfig for this cluster. */
  readonly kubeconfig: string;
  readonly headgate: Headgate;
  readonly uses: Cluster["uses"];
  /** An address of this machine that an endpoint may have; pods have others. */
  readonly host: string;
  /** Makes the Gateway `envoy-router` of a namespace, with one listener for HTTP, and serves it. */
  openGateway(namespace: string): Promise<OpenGateway>;
  /** Joins one more node with pods of its own; closing it ends their processes and says that it is not ready. */
  joinNode(name: string): Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
}

export interface OpenGateway {
  /** Where it answers, once it has a route: a URL without a path. */
  readonly url: string;
  /** How many requests its backends have not answered yet. */
  inProgress(): Promise<number>;
  close(): Promise<void>;
}

/** One kind of cluster and of gateway. */
export interface PodRouteRigKind {
  readonly name: string;
  /** How many pods the rolling update of a whole fleet has to renew. */
  readonly fleet: number;
  /** What runs with an account of the chart, and has to get by with its rights. */
  readonly accounts: readonly Program[];
  open(): Promise<PodRouteRig>;
}

/** Waits until the check passes; what it throws at the end is the failure. */
export async function eventually(check: () => Promise<void> | void): Promise<void> {
  await vi.waitFor(check, patience);
}

/** Waits until the value matches. */
export async function becomes(value: () => unknown, wanted: object): Promise<void> {
  await eventually(async () => {
    expect(await value()).toMatchObject(wanted);
  });
}
