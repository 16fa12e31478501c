import type { KubeObject } from "@headgate/api";
import { expect, test } from "vitest";
import { newTable, setAll } from "./mount-objects.ts";
import type { Table } from "./mount-objects.ts";

const gatewayObjects: readonly KubeObject[] = [
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "c" },
    spec: { controllerName: "headgate.io/gateway-controller" },
  },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "gw", namespace: "a" },
    spec: { gatewayClassName: "c", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
  },
];

function podObjects(i: number, ready = true): readonly KubeObject[] {
  const metadata = { name: `p${i}`, namespace: "a" };
  return [
    { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } },
    slice(i, ready),
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata,
      spec: {
        parentRefs: [{ name: "gw" }],
        rules: [{ matches: [{ path: { value: `/p${i}` } }], backendRefs: [{ name: `p${i}`, port: 80 }] }],
      },
    },
  ];
}

function slice(i: number, ready: boolean): KubeObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `p${i}`, namespace: "a", labels: { "kubernetes.io/service-name": `p${i}` } },
    addressType: "IPv4",
    ports: [{ port: 8080 }],
    endpoints: [{ addresses: [`10.0.${i >> 8}.${i & 255}`], conditions: { ready } }],
  };
}

function tableOf(pods: number): Table {
  const table = newTable();
  table.graph.turn((turn) => {
    setAll(turn, table, gatewayObjects);
    for (let i = 0; i < pods; i++) setAll(turn, table, podObjects(i));
  });
  return table;
}

/** Rows touched by a change, over all operators. */
function workOf(table: Table, objects: readonly KubeObject[]): number {
  const sum = (): number => [...table.graph.work().values()].reduce((a, b) => a + b, 0);
  const before = sum();
  table.graph.turn((turn) => {
    setAll(turn, table, objects);
  });
  return sum() - before;
}

test("one pod's readiness touches as many rows with 1,000 pods as with 10, and changes no route", () => {
  const [small, large] = [tableOf(10), tableOf(1000)];
  let routeChanges = 0;
  large.outputs.routes.subscribe((changes) => (routeChanges += changes.length));
  const work = workOf(large, [slice(3, false)]);
  expect(work).toBe(workOf(small, [slice(3, false)]));
  expect(work).toBeLessThan(20);
  expect(routeChanges).toBe(0);
  expect(large.outputs.targets.get("a/p3:80")?.endpoints).toEqual([]);
});

test("one route more touches a small part of what hangs on the same Gateway", () => {
  const [small, large] = [tableOf(10), tableOf(2000)];
  const [few, many] = [workOf(small, podObjects(5000)), workOf(large, podObjects(5000))];
  // Counting the attached routes looks at one bucket in 128, and at the sums of the buckets.
  expect(many).toBeLessThan(few + (2000 / 128) * 2 + 128 * 2);
});

test("what a route's status says never touches the routes that are served", () => {
  const table = tableOf(10);
  const heard: string[] = [];
  table.outputs.routes.subscribe((changes) => heard.push(...changes.map(({ key }) => key)));
  const row = table.outputs.statuses.get("gateway.networking.k8s.io/HTTPRoute/a/p3");
  const route = podObjects(3)[2];
  if (row === undefined || route === undefined) throw new Error("no status is wanted");
  workOf(table, [{ ...route, status: row.status }]);
  expect(heard).toEqual([]);
});

test("a status that was written as wanted is wanted no longer, but for the times", () => {
  const table = tableOf(1);
  const key = "gateway.networking.k8s.io/HTTPRoute/a/p0";
  const wanted = table.outputs.statuses.get(key);
  const route = podObjects(0)[2];
  if (wanted === undefined || route === undefined) throw new Error("no status is wanted");
  workOf(table, [{ ...route, status: wanted.status }]);
  expect(table.outputs.statuses.get(key)).toBeUndefined();
});
