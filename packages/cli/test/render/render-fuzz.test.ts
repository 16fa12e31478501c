import { defaultPodRouteSettings, identityKey, refOf } from "@headgate/api";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseManifests } from "../../src/render/parse-manifests.ts";
import { refusalLines, render, renderedText } from "../../src/render/index.ts";

type Json = fc.JsonValue;

const labels = { "envoy-router/enabled": "true" };
const objects: readonly Json[] = [
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "a",
      namespace: "shop",
      labels,
      annotations: { "envoy-router/port": "http", "envoy-router/path": "/a" },
      finalizers: ["x/y"],
    },
    spec: { nodeName: "n", containers: [{ name: "c", ports: [{ name: "http", containerPort: 80, protocol: "TCP" }] }] },
    status: {
      phase: "Running",
      podIP: "10.0.0.1",
      podIPs: [{ ip: "10.0.0.1" }],
      conditions: [{ type: "Ready", status: "True" }],
    },
  },
  { apiVersion: "v1", kind: "Pod", metadata: { name: "b", namespace: "shop", labels } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "a",
      namespace: "shop",
      uid: "s",
      labels: { "app.kubernetes.io/managed-by": "envoy-router", "headgate.io/instance": "headgate" },
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "a", uid: "u" }],
      managedFields: [{ manager: "headgate/pod-routes", operation: "Apply", fieldsV1: { "f:spec": {} } }],
    },
    spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 80 }] },
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "b", namespace: "shop", labels: { "kubernetes.io/service-name": "b" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
    ports: [{ port: 80 }],
  },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "headgate" },
    spec: { controllerName: "headgate.io/gateway-controller" },
  },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "envoy-router", namespace: "shop", generation: 1 },
    spec: {
      gatewayClassName: "headgate",
      listeners: [{ name: "http", protocol: "HTTP", port: 80, hostname: "*.a.com" }],
    },
  },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "c", namespace: "shop" },
    spec: {
      parentRefs: [{ name: "envoy-router" }],
      rules: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: [{ name: "a", port: 80 }] }],
    },
    status: { parents: [{ parentRef: { name: "envoy-router" }, conditions: [{ type: "Accepted", status: "True" }] }] },
  },
];

/** Puts something else in the place that the choices lead to. */
function spoiled(value: Json, choices: readonly number[], other: Json): Json {
  const [choice, ...rest] = choices;
  if (typeof value !== "object" || value === null || choice === undefined) return other;
  if (Array.isArray(value)) {
    const at = choice % Math.max(1, value.length);
    return value.map((item: Json, i) => (i === at ? spoiled(item, rest, other) : item));
  }
  const names = Object.keys(value);
  const name = names[choice % Math.max(1, names.length)] ?? "new";
  return { ...value, [name]: spoiled((value as Record<string, Json>)[name] ?? null, rest, other) };
}

const other = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<Json>(
    "",
    "a",
    -1,
    0,
    65536,
    1.5,
    "10.0.0.1",
    "fd00::1",
    "http",
    "/",
    "//",
    "*",
    "*.a.com",
    "True",
    [],
    {},
    [null],
    [[]],
    [{}],
  ),
);
const fault = fc.record({ which: fc.nat(objects.length - 1), choices: fc.array(fc.nat(6), { maxLength: 7 }), other });

test("manifests with anything anywhere are rendered or refused, never an exception, and always alike", () => {
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 4 }), (faults) => {
      const items = objects.map((object, i) =>
        faults
          .filter(({ which }) => which === i)
          .reduce((value, { choices, other }) => spoiled(value, choices, other), object),
      );
      const { manifests } = parseManifests("f.json", JSON.stringify({ apiVersion: "v1", kind: "List", items }));
      // Two of the same identity are refused where manifests are read.
      const given = [...new Map(manifests.map(({ object }) => [identityKey(refOf(object)), object])).values()];
      const settings = { podRoutes: defaultPodRouteSettings };
      const rendered = render(given, settings);
      const text = renderedText(rendered, "yaml") + refusalLines(rendered, () => undefined).join("\n");
      const again = render(given.toReversed(), settings);
      expect(renderedText(again, "yaml") + refusalLines(again, () => undefined).join("\n")).toBe(text);
    }),
    seeded(150),
  );
});
