import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { defaultPodRouteSettings, endpointPolicyCrd, refOf, resourceTypes } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import type { ApiServer } from "@headgate/local";
import { operator } from "@headgate/operator";
import type { Operator } from "@headgate/operator";

const patience = { timeout: 60_000, interval: 20 };
const gateway = "gateway.networking.k8s.io/v1";

let server: ApiServer;
let client: Client;
let stops: (() => Promise<void>)[];
let warnings: { readonly fields: object; readonly message: string }[];

beforeEach(async () => {
  server = await startApiServer({});
  client = connect({ server: server.url });
  stops = [];
  warnings = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await client.close();
  await server.close();
});

function run(endpointPolicies = true): Operator {
  const running = operator({
    client,
    settings: defaultPodRouteSettings,
    parts: { endpointPolicies },
    log: {
      info: () => undefined,
      warn: (fields, message) => warnings.push({ fields, message }),
      error: () => undefined,
    },
    metricsAddress: { host: "127.0.0.1", port: 0 },
  });
  const abort = new AbortController();
  const done = running.run(abort.signal);
  stops.push(async () => {
    abort.abort();
    await done;
  });
  return running;
}

const ref = (apiVersion: string, kind: string, name: string): ObjectRef => ({
  apiVersion,
  kind,
  namespace: "default",
  name,
});

const policy: KubeObject = {
  apiVersion: "endpointscaler.io/v1alpha1",
  kind: "EndpointPolicy",
  metadata: { name: "p", namespace: "default" },
  spec: {
    appRef: { name: "shop", image: "shop:1" },
    gatewayRef: { name: "gw" },
    endpoints: [
      { id: "cart", match: { path: "/cart" }, hpa: { max: 3, cpuTarget: 50 } },
      { id: "pay", type: "grpc", match: { service: "shop.Pay" }, podDisruptionBudget: { maxUnavailable: 1 } },
    ],
  },
};

async function serve(): Promise<void> {
  await client.create(endpointPolicyCrd);
  const listeners = [{ name: "http", protocol: "HTTP", port: 80 }];
  const spec = { gatewayClassName: "c", listeners };
  await client.create({
    apiVersion: gateway,
    kind: "Gateway",
    metadata: { name: "gw", namespace: "default" },
    spec,
  });
}

const kinds = [
  "Deployment",
  "Service",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "HTTPRoute",
  "GRPCRoute",
] as const;
async function children(): Promise<readonly string[]> {
  const lists = await Promise.all(kinds.map((kind) => client.list(resourceTypes[kind], { namespace: "default" })));
  return lists.flatMap(({ items }) => items).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

async function status(): Promise<unknown> {
  return (await client.get(ref("endpointscaler.io/v1alpha1", "EndpointPolicy", "p"))).status;
}

async function write(of: ObjectRef, value: object): Promise<void> {
  await client.patch(of, { status: value }, { type: "merge", subresource: "status" });
}

/** Waits for a generation of a route, and says that its Gateway takes it. */
async function accept(route: ObjectRef, observedGeneration: number): Promise<void> {
  await vi.waitFor(async () => {
    expect((await client.get(route)).metadata.generation).toBe(observedGeneration);
  }, patience);
  const conditions = ["Accepted", "ResolvedRefs"].map((type) => {
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    return { type, status: "True", reason: type, message: "", observedGeneration, lastTransitionTime };
  });
  await write(route, { parents: [{ parentRef: { name: "gw" }, controllerName: "a.example/b", conditions }] });
}

async function metricsOf(running: Operator): Promise<readonly string[]> {
  const answer = await fetch(`http://127.0.0.1:${String(await running.ports.metrics)}/metrics`);
  return (await answer.text()).split("\n").filter((line) => line.startsWith("endpointscaler_"));
}

const first = ["Deployment/shop-cart", "Deployment/shop-pay", "Service/shop-cart-svc", "Service/shop-pay-svc"];
const scaling = ["HorizontalPodAutoscaler/shop-cart", "PodDisruptionBudget/shop-pay"];

describe("the operator with endpoint policies", () => {
  test("brings a policy from its children to its routes to Ready, in the cluster and in the metrics", async () => {
    await serve();
    const running = run();
    await client.create(policy);
    await vi.waitFor(async () => {
      expect(await children()).toEqual([...first, ...scaling]);
    }, patience);
    for (const name of ["shop-cart", "shop-pay"]) {
      const conditions = [{ type: "Available", status: "True" }];
      await write(ref("apps/v1", "Deployment", name), {
        observedGeneration: 1,
        availableReplicas: 1,
        replicas: 1,
        conditions,
      });
    }
    await vi.waitFor(async () => {
      expect(await children()).toEqual([...first, ...scaling, "HTTPRoute/shop-cart", "GRPCRoute/shop-pay"]);
      expect(await status()).toMatchObject({ conditions: [{ type: "Ready", status: "False", observedGeneration: 1 }] });
    }, patience);
    const routes = [ref(gateway, "HTTPRoute", "shop-cart"), ref(gateway, "GRPCRoute", "shop-pay")];
    // First they take no requests, then they do; of both the Gateway has to know.
    for (const generation of [1, 2]) for (const route of routes) await accept(route, generation);
    await vi.waitFor(async () => {
      expect(await status()).toMatchObject({
        endpointCount: 2,
        conditions: [{ status: "True", reason: "AllEndpointsReady", message: "All 2 endpoints ready" }],
      });
    }, patience);
    expect(await metricsOf(running)).toEqual([
      'endpointscaler_endpoints_total{namespace="default",policy="p"} 2',
      'endpointscaler_endpoints_ready{namespace="default",policy="p"} 2',
      'endpointscaler_endpoint_info{namespace="default",policy="p",endpoint="cart",type="http",strategy="primary"} 1',
      'endpointscaler_endpoint_info{namespace="default",policy="p",endpoint="pay",type="grpc",strategy="primary"} 1',
    ]);
    await client.delete(ref("endpointscaler.io/v1alpha1", "EndpointPolicy", "p"));
    await vi.waitFor(async () => {
      expect(await children()).toEqual([]);
      expect(await metricsOf(running)).toEqual([]);
    }, patience);
    expect(warnings).toEqual([]);
  });

  test("refuses what the API server let through, in the status", async () => {
    const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const crd = structuredClone(endpointPolicyCrd) as unknown as {
      spec: { versions: { schema: { openAPIV3Schema: object } }[] };
    };
    for (const version of crd.spec.versions) version.schema.openAPIV3Schema = open;
    await client.create(crd as unknown as KubeObject);
    run();
    await client.create({ ...policy, spec: { ...(policy.spec as object), endpoints: [{ id: "cart", match: {} }] } });
    const message = "spec.endpoints[0].match.path: Required value: path is required for HTTP endpoints";
    await vi.waitFor(async () => {
      expect(await status()).toMatchObject({ conditions: [{ status: "False", reason: "ValidationFailed", message }] });
    }, patience);
  });

  test("tells the policy of an object that the API server refuses, and goes on with the other endpoints", async () => {
    await serve();
    run();
    const podTemplate = { spec: { hostNetwork: "yes" } };
    const endpoints = [
      { id: "cart", match: { path: "/cart" }, podTemplate },
      { id: "pay", match: { path: "/pay" } },
    ];
    await client.create({ ...policy, spec: { ...(policy.spec as object), endpoints } });
    await vi.waitFor(async () => {
      const { items } = await client.list(resourceTypes.Event, { namespace: "default" });
      const told = items.filter((event) => event["reason"] === "WriteRefused");
      expect(told.map((event) => event["involvedObject"])).toMatchObject([{ kind: "EndpointPolicy", name: "p" }]);
      expect(told[0]?.["message"]).toMatch(
        /^Deployment shop-cart is not up to date: .*hostNetwork.* It goes on trying\.$/,
      );
      expect(await children()).toEqual(expect.arrayContaining(["Deployment/shop-pay", "Service/shop-pay-svc"]));
      const { endpointStatuses } = (await status()) as { endpointStatuses: { id: string; message: string }[] };
      expect(endpointStatuses.map(({ id, message }) => [id, message.includes("hostNetwork")])).toEqual([
        ["cart", true],
        ["pay", false],
      ]);
    }, patience);
    expect(await children()).not.toContain("Deployment/shop-cart");

    const mended = endpoints.map(({ id, match }) => ({ id, match }));
    await client.patch(refOf(policy), { spec: { endpoints: mended } }, { type: "merge" });
    await vi.waitFor(async () => {
      expect(await children()).toContain("Deployment/shop-cart");
      expect(JSON.stringify(await status())).not.toContain("hostNetwork");
    }, patience);
  });

  test("says once that a cluster lacks them, and serves pods", async () => {
    const running = run();
    await running.synced;
    expect(warnings.map(({ fields }) => fields)).toEqual([{ kinds: ["EndpointPolicy"] }]);
    await vi.waitFor(() => {
      expect(running.leading()).toBe(true);
    }, patience);
  });

  test("serves them from when the cluster knows them", async () => {
    const running = run();
    await running.synced;
    await serve();
    await vi.waitFor(() => client.create(policy), patience);
    await vi.waitFor(async () => {
      expect(await children()).toEqual([...first, ...scaling]);
    }, patience);
  });

  test("leaves the children of policies alone when they are switched off", async () => {
    await serve();
    const before = run();
    await client.create(policy);
    await vi.waitFor(async () => {
      expect(await children()).toEqual([...first, ...scaling]);
    }, patience);
    await stops.pop()?.();
    expect(before.leading()).toBe(false);
    const after = run(false);
    await after.synced;
    await vi.waitFor(() => {
      expect(after.leading()).toBe(true);
    }, patience);
    expect(after.pipeline.actions.size).toBe(0);
    expect(await children()).toEqual([...first, ...scaling]);
  });
});
