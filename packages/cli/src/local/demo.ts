import { fileURLToPath } from "node:url";

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
} as const;

export type DemoName = keyof typeof demos;

/** Applies a demo's manifests. Throws OpError when the API server refuses one. */
export async function applyDemo(client: Client, name: DemoName): Promise<void> {
  for (const object of await readObjects([demos[name].folder])) {
    await client.apply(object, { manager: "headgate-local", force: true });
  }
}
