import { leanPod, parseRoutedPod, routeWanted } from "@headgate/api";
import type { KubeObject, ObjectMeta } from "@headgate/api";
import fc from "fast-check";
import { expect, test } from "vitest";

const meta: ObjectMeta = { name: "web", namespace: "shop", uid: "u1" };

function aPod(status: unknown, more: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: meta, status, ...more };
}

function faultsOf(pod: KubeObject): readonly string[] {
  const parsed = parseRoutedPod(pod);
  return parsed.ok ? [] : parsed.refusals.map(({ field, message }) => `${field ?? ""} <- ${message}`);
}

function factOf(pod: KubeObject): object {
  const parsed = parseRoutedPod(pod);
  if (!parsed.ok) throw new Error(faultsOf(pod).join("; "));
  return parsed.value;
}

test("only the label value true asks for a route; false does not; anything else is unclear", () => {
  const wanted = (labels?: Record<string, string>): string =>
    routeWanted({ ...aPod({}), metadata: { ...meta, ...(labels === undefined ? {} : { labels }) } });
  expect(wanted({ "envoy-router/enabled": "true" })).toBe("yes");
  expect(wanted({ "envoy-router/enabled": "false" })).toBe("no");
  expect(wanted({ other: "true" })).toBe("no");
  expect(wanted()).toBe("no");
  for (const value of ["True", "TRUE", "1", "yes", ""])
    expect(wanted({ "envoy-router/enabled": value })).toBe("unclear");
});

test("addresses: one for each family, the primary one first, whichever field holds them", () => {
  expect(factOf(aPod({}))).toMatchObject({ addresses: [] });
  expect(factOf(aPod({ podIP: "10.0.0.1" }))).toMatchObject({ addresses: [{ family: "IPv4", ip: "10.0.0.1" }] });
  const dual = { podIP: "fd00::1", podIPs: [{ ip: "fd00::1" }, { ip: "10.0.0.1" }, { ip: "10.0.0.2" }] };
  expect(factOf(aPod(dual))).toMatchObject({
    addresses: [
      { family: "IPv6", ip: "fd00::1" },
      { family: "IPv4", ip: "10.0.0.1" },
    ],
  });
});

test("readiness is the Ready condition; terminating and finished are facts of their own", () => {
  const ready = (status: string): unknown => ({ phase: "Running", conditions: [{ type: "Ready", status }] });
  expect(factOf(aPod(ready("True")))).toMatchObject({ ready: true, terminating: false, finished: false });
  expect(factOf(aPod(ready("False")))).toMatchObject({ ready: false });
  expect(factOf(aPod(ready("Unknown")))).toMatchObject({ ready: false });
  expect(factOf(aPod({ phase: "Running" }))).toMatchObject({ ready: false });
  expect(factOf(aPod({ phase: "Succeeded" }))).toMatchObject({ finished: true });
  expect(factOf(aPod({ phase: "Failed" }))).toMatchObject({ finished: true });
  const deleted = { ...meta, deletionTimestamp: "2026-11-21T00:00:00Z" };
  expect(factOf(aPod(ready("True"), { metadata: deleted }))).toMatchObject({
    ready: true,
    terminating: true,
    finished: false,
  });
  const foreground = { ...deleted, finalizers: ["foregroundDeletion"] };
  expect(factOf(aPod(ready("True"), { metadata: foreground }))).toMatchObject({ finished: true });
});

test("a pod that is not shaped like one is refused by field, value and what would be right", () => {
  expect(
    faultsOf({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: {
        nodeName: 7,
        containers: [{ ports: [{ name: "http", containerPort: "8080" }, 5] }, { ports: { name: "http" } }, "x"],
      },
      status: { phase: ["Running"], podIPs: [{ ip: "10.0.0.256" }, { ip: 4 }], conditions: "Ready" },
    }),
  ).toMatchInlineSnapshot(`
    [
      "metadata.namespace <- metadata.namespace is nothing; a pod must have one",
      "metadata.uid <- metadata.uid is nothing; a pod must have one",
      "status.conditions <- status.conditions is "Ready"; it must be a list",
      "spec.containers[2] <- spec.containers[2] is "x"; it must be an object",
      "spec.containers[0].ports[1] <- spec.containers[0].ports[1] is 5; it must be an object",
      "spec.containers[0].ports[0].containerPort <- spec.containers[0].ports[0].containerPort is "8080"; it must be a whole number from 1 to 65535",
      "spec.containers[1].ports <- spec.containers[1].ports is {"name":"http"}; it must be a list",
      "status.podIPs[0].ip <- status.podIPs[0].ip is "10.0.0.256"; it must be an IP address",
      "status.podIPs[1].ip <- status.podIPs[1].ip is 4; it must be a string",
      "spec.nodeName <- spec.nodeName is 7; it must be a string",
      "status.phase <- status.phase is ["Running"]; it must be a string",
    ]
  `);
});

test("any spec and status give a fact or refusals, never an exception", () => {
  const inner = fc.record(
    {
      containers: fc.jsonValue(),
      initContainers: fc.jsonValue(),
      nodeName: fc.jsonValue(),
      podIPs: fc.jsonValue(),
      podIP: fc.jsonValue(),
      phase: fc.jsonValue(),
      conditions: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(inner, fc.jsonValue()), fc.oneof(inner, fc.jsonValue()), (spec, status) => {
      const parsed = parseRoutedPod(aPod(status, { spec }));
      if (!parsed.ok) for (const { message } of parsed.refusals) expect(message.length).toBeLessThan(400);
    }),
    { numRuns: 500 },
  );
});

test("a pod without what nobody reads parses to the same, be it a fact or refusals", () => {
  const oddly = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: fc.jsonValue() });
  const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
    oddly(fc.record({ ...fields, env: fc.constant([{ name: "A", value: "b" }]) }, { requiredKeys: [] }));
  const list = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => oddly(fc.array(item, { maxLength: 3 }));
  const port = some({
    name: oddly(fc.constantFrom("http", "grpc")),
    containerPort: oddly(fc.constantFrom(80, 8080)),
    protocol: oddly(fc.constantFrom("TCP", "UDP")),
  });
  const container = some({ name: fc.constant("c"), ports: list(port), restartPolicy: oddly(fc.constant("Always")) });
  const spec = some({
    nodeName: oddly(fc.constant("n")),
    containers: list(container),
    initContainers: list(container),
    volumes: fc.constant([{ name: "v", emptyDir: {} }]),
  });
  const ip = oddly(fc.constantFrom("10.0.0.1", "fd00::1", "nowhere"));
  const condition = some({
    type: fc.constantFrom("Ready", "Initialized"),
    status: oddly(fc.constantFrom("True", "False")),
  });
  const status = some({
    phase: oddly(fc.constantFrom("Running", "Failed")),
    podIP: ip,
    podIPs: list(some({ ip })),
    conditions: list(condition),
    containerStatuses: fc.constant([{ name: "c", restartCount: 3 }]),
  });
  const annotations = fc.constantFrom({}, { "envoy-router/port": "http" }, { "envoy-router/port": "grpc" });
  fc.assert(
    fc.property(spec, status, annotations, (spec, status, annotations) => {
      const pod = aPod(status, { spec, metadata: { ...meta, annotations, managedFields: [{ manager: "kubelet" }] } });
      expect(parseRoutedPod(leanPod(pod))).toEqual(parseRoutedPod(pod));
    }),
    { numRuns: 500 },
  );
  const kept = JSON.stringify(leanPod(aPod({ phase: "Running", containerStatuses: [] }, { spec: { volumes: [] } })));
  expect(kept).not.toMatch(/containerStatuses|volumes/);
});
