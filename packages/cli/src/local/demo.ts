import { fileURLToPath } from "node:url";

import { endpointPolicyCrd, OpError, resourceTypes } from "@headgate/api";
import { pause, systemClock } from "@headgate/kube";
import type { Client } from "@headgate/kube";

import { readObjects } from "../render/index.ts";

/** The scenarios that `headgate local --demo` offers: each a folder of manifests, and what to try once they are there. */
export const demos = {
  "pod-routes": {
    folder: fileURLToPath(new URL("../../../../examples/pod-routes/", import.meta.url)),
    tryOut: (gateway: string): readonly string[] => [
      `curl ${gateway}/pp-aaa/hello`,
      `curl ${gateway}/bbb/hello`,
      `curl ${gateway}/pp-ccc/hello`,
      "kubectl get pods,services,endpointslices,httproutes",
      "kubectl label pod pp-aaa envoy-router/enabled-",
      "kubectl delete pod pp-ccc",
    ],
  },
  "endpoint-policy": {
    folder: fileURLToPath(new URL("../../../../examples/endpoint-policy/", import.meta.url)),
    tryOut: (gateway: string): readonly string[] => [
      `curl ${gateway}/hello`,
      `curl ${gateway}/search/shoes`,
      `for i in $(seq 20); do curl -s ${gateway}/cart/1; done`,
      "kubectl get epol,deployments,services,httproutes",
      "kubectl delete epol shop",
    ],
  },
} as const;

export type DemoName = keyof typeof demos;

/** Installs the CRD of endpoint policies, and waits until it is served. Throws OpError when the API server refuses it. */
export async function installEndpointPolicies(client: Client, signal: AbortSignal): Promise<void> {
  await client.apply(endpointPolicyCrd, { manager: "headgate-local", force: true });
  while (!signal.aborted) {
    try {
      await client.list(resourceTypes.EndpointPolicy, { limit: 1 });
      return;
    } catch (error) {
      if (!(error instanceof OpError) || error.code !== "NOT_FOUND") throw error;
      await pause(systemClock, 50, signal);
    }
  }
}

/** Applies a demo's manifests. Throws OpError when the API server refuses one. */
export async function applyDemo(client: Client, name: DemoName): Promise<void> {
  for (const object of await readObjects([demos[name].folder])) {
    await client.apply(object, { manager: "headgate-local", force: true });
  }
}
