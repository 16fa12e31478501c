import { endpointPolicyCrd, resourceTypes } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { vi } from "vitest";

/** Long enough for a machine that is busy with something else; nothing waits for it to pass. */
export const patience = { timeout: 150_000, interval: 50 };

/** A cluster whose operator serves endpoint policies in one namespace, with a Gateway there. */
export interface PolicyRig {
  /** Of an administrator. */
  readonly client: Client;
  readonly namespace: string;
  /** The Gateway's name, and where it answers: a URL without a path. */
  readonly gateway: { readonly name: string; readonly url: string };
  /** What the operator was not allowed to do so far. */
  readonly refused: () => readonly string[];
  close(): Promise<void>;
}

export interface PolicyRigKind {
  readonly name: string;
  open(): Promise<PolicyRig>;
}

/** Defines EndpointPolicy, unless it is, and waits until it is served. */
export async function definePolicies(client: Client): Promise<void> {
  await client.apply(endpointPolicyCrd, { manager: "test", force: true });
  await vi.waitFor(() => client.list(resourceTypes.EndpointPolicy, { limit: 1 }), patience);
}
