import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { defaultPodRouteSettings, endpointPolicyManager, instanceLabel, managedByLabel } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { pipeline } from "@headgate/operator";

import { metrics } from "../src/metrics.ts";
import { ask, samples } from "./promql.ts";

const gateway = "gateway.networking.k8s.io/v1";

/** What the metrics say, of objects that come and go. */
function cluster(): {
  readonly put: (object: KubeObject) => void;
  readonly remove: (object: KubeObject) => void;
  readonly page: () => Promise<string>;
} {
  const decided = pipeline(defaultPodRouteSettings, { endpointPolicies: true });
  const { registry } = metrics({
    managedPods: () => 0,
    pendingWrites: () => 0,
    leading: () => true,
    watches: () => [],
    pipelines: () => undefined,
    endpoints: () => [...decided.endpoints.entries()].map(([, endpoint]) => endpoint),
  });
  const write = (object: KubeObject, after: KubeObject | undefined): void => {
    decided.graph.turn((turn) => {
      for (const { selection, input, also, key } of decided.sources) {
        if (selection.type.kind !== object.kind) continue;
        for (const to of also === undefined ? [input] : [input, also]) {
          if (after === undefined) turn.delete(to, key(object));
          else turn.set(to, key(object), after);
        }
      }
    });
  };
  return {
    put: (object) => {
      write(object, object);
    },
    remove: (object) => {
      write(object, undefined);
    },
    page: async () => {
      const lines = (await registry.metrics()).split("\n");
      return lines.filter((line) => line.startsWith("endpointscaler_")).join("\n");
    },
  };
}

function policy(name: string, endpoints: readonly object[]): KubeObject {
  const metadata = { name, namespace: "shop", uid: `uid-${name}`, generation: 1 };
  const spec = { appRef: { name, image: "shop:1" }, gatewayRef: { name: "gw" }, endpoints };
  return { apiVersion: "endpointscaler.io/v1alpha1", kind: "EndpointPolicy", metadata, spec };
}

/** The Deployment and the route of an endpoint that works. */
function working(app: string, id: string, kind = "HTTPRoute"): readonly KubeObject[] {
  const labels = { [managedByLabel]: endpointPolicyManager, [instanceLabel]: defaultPodRouteSettings.instance };
  const metadata = { name: `${app}-${id}`, namespace: "shop", labels, ownerReferences: [owner(app)] };
  const isTrue = (type: string): object => ({ type, status: "True" });
  const deployment = { availableReplicas: 1, conditions: [isTrue("Available")] };
  const parents = [{ parentRef: { name: "gw" }, conditions: [isTrue("Accepted"), isTrue("ResolvedRefs")] }];
  return [
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 1 }, status: deployment },
    { apiVersion: gateway, kind, metadata, spec: {}, status: { parents } },
  ];
}

function owner(name: string): { apiVersion: string; kind: string; name: string; uid: string; controller: boolean } {
  return {
    apiVersion: "endpointscaler.io/v1alpha1",
    kind: "EndpointPolicy",
    name,
    uid: `uid-${name}`,
    controller: true,
  };
}

const cart = { id: "cart", match: { path: "/cart" } };
const pay = { id: "pay", type: "grpc", match: { service: "shop.Pay" } };
const of = (name: string): string => `namespace="shop",policy="${name}"`;

test("a series goes when its endpoint goes, changes its type or strategy, or can't be read any more", async () => {
  const { put, remove, page } = cluster();
  put({ apiVersion: gateway, kind: "Gateway", metadata: { name: "gw", namespace: "shop" } });
  const info = (endpoint: string, type: string, strategy: string): string =>
    `endpointscaler_endpoint_info{${of("a")},endpoint="${endpoint}",type="${type}",strategy="${strategy}"} 1`;
  const counts = (total: number, ready: number): readonly string[] => [
    `endpointscaler_endpoints_total{${of("a")}} ${String(total)}`,
    `endpointscaler_endpoints_ready{${of("a")}} ${String(ready)}`,
  ];
  const says = async (...lines: readonly string[]): Promise<void> => {
    expect(await page()).toBe(lines.join("\n"));
  };

  put(policy("a", [cart, pay]));
  await says(...counts(2, 0), info("cart", "http", "primary"), info("pay", "grpc", "primary"));
  const objects = [...working("a", "cart"), ...working("a", "pay", "GRPCRoute")];
  for (const object of objects) put(object);
  await says(...counts(2, 2), info("cart", "http", "primary"), info("pay", "grpc", "primary"));
  put(policy("a", [{ ...cart, strategy: "canary" }, pay]));
  await says(...counts(2, 1), info("cart", "http", "canary"), info("pay", "grpc", "primary"));
  put(policy("a", [{ ...pay, id: "cart" }]));
  await says(...counts(1, 0), info("cart", "grpc", "primary"));
  put(policy("a", [{ ...cart, match: {} }]));
  await says();
  put(policy("a", [cart]));
  await says(...counts(1, 1), info("cart", "http", "primary"));
  remove(policy("a", []));
  await says();
});

test("the queries of the reference give right answers", async () => {
  const { put, page } = cluster();
  put({ apiVersion: gateway, kind: "Gateway", metadata: { name: "gw", namespace: "shop" } });
  put({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "c-svc", namespace: "shop" },
    spec: { ports: [{ port: 80 }] },
  });
  const hostnames = ["c.example.com"];
  put(policy("a", [cart, pay]));
  put(policy("b", [{ ...cart, hostnames: ["b.example.com"] }]));
  put(
    policy("c", [
      { ...cart, strategy: "canary", hostnames },
      { ...pay, strategy: "canary", hostnames },
    ]),
  );
  put(policy("unreadable", []));
  const all = [working("a", "cart"), working("b", "cart"), working("c", "cart"), working("c", "pay", "GRPCRoute")];
  for (const object of all.flat()) put(object);

  const reference = readFileSync(new URL("../../../docs/reference/metrics.md", import.meta.url), "utf8");
  const [, block = ""] = /```promql\n([\s\S]*?)```/.exec(reference) ?? [];
  const queries = block.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const series = samples(await page());
  const answers = queries.map((query) => ask(query, series).map(({ labels, value }) => ({ ...labels, value })));
  const namespace = "shop";
  expect(answers).toEqual([
    [{ namespace, policy: "a", value: 1 }],
    [
      { namespace, policy: "a", value: 50 },
      { namespace, policy: "b", value: 100 },
      { namespace, policy: "c", value: 100 },
    ],
    [{ namespace, policy: "c", endpoint: "cart", type: "http", strategy: "canary", value: 1 }],
  ]);
});
