import { fileURLToPath } from "node:url";

import { endpointPolicyCrd, operatorCrd, OpError, resourceTypes } from "@headgate/api";
import type { ResourceType } from "@headgate/api";
import { pause, systemClock } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import type { ImageRules } from "@headgate/local";

import { readObjects } from "../render/index.ts";

const example = (path: string): string => fileURLToPath(new URL(`../../../../examples/${path}`, import.meta.url));

/** A scenario. */
interface Demo {
  /** In a few words. */
  readonly about: string;
  /** Of manifests. */
  readonly folder: string;
  /** The Gateway that they need. */
  readonly gateway: string;
  /** What runs for their images. */
  readonly images: ImageRules;
  /** Lines to try once they are there. */
  readonly tryOut: (gateway: string) => readonly string[];
}

/** The scenarios that `headgate local --demo` offers. */
export const demos = {
  "pod-routes": {
    about: "each pod has a path of its own",
    folder: example("pod-routes/"),
    gateway: "envoy-router",
    images: {},
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
    about: "each endpoint of an application has pods, a route and a scale of its own",
    folder: example("endpoint-policy/"),
    gateway: "my-gateway",
    images: {
      "example/shop:*": { command: [process.execPath, ...process.execArgv, example("endpoint-policy/app/shop.ts")] },
    },
    tryOut: (gateway: string): readonly string[] => [
      `curl ${gateway}/hello`,
      `curl ${gateway}/search/shoes`,
      `for i in $(seq 20); do curl -s ${gateway}/cart/1; done`,
      `npx node examples/endpoint-policy/app/call.ts ${new URL(gateway).host} shop.Payments/Charge`,
      "kubectl get epol,deployments,services,httproutes,grpcroutes",
      "kubectl delete epol shop",
    ],
  },
} as const satisfies Readonly<Record<string, Demo>>;

export type DemoName = keyof typeof demos;

/** Lines for the person: what to try, in another terminal, and which other scenarios there are. */
export function whatToTry(demo: DemoName, gateway: string): readonly string[] {
  const others = Object.entries<Demo>(demos).filter(([name]) => name !== demo);
  return [
    "Try, in another terminal",
    ...demos[demo].tryOut(gateway).map((line) => `  ${line}`),
    "",
    "Another scenario, in place of this one",
    ...others.map(([name, { about }]) => `  npm start -- --demo ${name}    (${about})`),
  ];
}

/** Installs the CRDs of our own kinds, and waits until they are served. Throws OpError when the API server refuses one. */
export async function installKinds(client: Client, signal: AbortSignal): Promise<void> {
  for (const crd of [endpointPolicyCrd, operatorCrd])
    await client.apply(crd, { manager: "headgate-local", force: true });
  for (const type of [resourceTypes.EndpointPolicy, resourceTypes.Operator]) await untilServed(client, type, signal);
}

async function untilServed(client: Client, type: ResourceType, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await client.list(type, { limit: 1 });
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
