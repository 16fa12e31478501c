import type { KubeObject } from "@headgate/api";
import { nameKey } from "@headgate/api";
import { viewSuite } from "@headgate/testkit";
import type { ViewInput } from "@headgate/testkit";
import { routeTable } from "@headgate/views/route-table";
import type { Binding } from "@headgate/views/route-table";
import fc from "fast-check";
import { settings } from "./mount-objects.ts";

const group = "gateway.networking.k8s.io";
const namespace = fc.constantFrom("a", "b");
const label = fc.constantFrom("x", "y");
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 });

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly names: readonly string[];
  readonly clusterScoped?: boolean;
}

/** Objects of a kind with few names, so that histories meet the same ones again. `labels` go into the metadata. */
function objects(
  { apiVersion, kind, names, clusterScoped = false }: Kind,
  rest: fc.Arbitrary<Readonly<Record<string, unknown>>>,
): ViewInput<KubeObject> {
  const metadata = fc.record({
    name: fc.constantFrom(...names),
    ...(clusterScoped ? {} : { namespace }),
    generation: fc.nat(2),
    resourceVersion: fc.nat(5).map(String),
    creationTimestamp: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
  });
  const row = fc.tuple(metadata, rest).map(([meta, { labels, ...more }]): KubeObject => {
    const labelled = labels === undefined ? meta : { ...meta, labels };
    return { apiVersion, kind, metadata: labelled as KubeObject["metadata"], ...more };
  });
  return { row, key: (object) => nameKey(object.metadata) };
}

const parentRef = fc.record({
  name: fc.constantFrom("gw", "other"),
  namespace: maybe(namespace),
  sectionName: maybe(fc.constantFrom("l0", "l1")),
  port: maybe(fc.constantFrom(80, 81)),
});
const backendRef = fc.record({
  name: fc.constantFrom("s", "t"),
  namespace: maybe(namespace),
  port: maybe(fc.constantFrom(80, 81)),
  weight: maybe(fc.nat(2)),
  kind: maybe(fc.constantFrom("Service", "Deployment")),
});
const match = fc.record({
  path: maybe(
    fc.record({
      type: fc.constantFrom("Exact", "PathPrefix", "RegularExpression"),
      value: fc.constantFrom("/", "/a", "/a/b/"),
    }),
  ),
  method: maybe(fc.constantFrom("GET", "PUT")),
  headers: maybe(fc.array(fc.record({ name: fc.constantFrom("A", "a", "b"), value: label }), { maxLength: 3 })),
});
const rule = fc.record({
  matches: maybe(fc.array(match, { maxLength: 2 })),
  backendRefs: maybe(fc.array(backendRef, { maxLength: 3 })),
  filters: maybe(
    fc.array(
      fc.record({ type: fc.constantFrom("URLRewrite", "RequestRedirect", "RequestMirror", "RequestHeaderModifier") }),
      { maxLength: 2 },
    ),
  ),
  timeouts: maybe(fc.record({ request: fc.constantFrom("1s", "0s", "never") })),
});
const grpcMethod = fc.record({
  type: maybe(fc.constantFrom("Exact", "RegularExpression")),
  service: maybe(fc.constantFrom("a.A", "b.B")),
  method: maybe(fc.constantFrom("M", "N")),
});
const grpcRule = fc.record({
  matches: maybe(fc.array(fc.record({ method: maybe(grpcMethod) }), { maxLength: 2 })),
  backendRefs: maybe(fc.array(backendRef, { maxLength: 3 })),
});
const condition = fc.record({
  type: fc.constantFrom("Accepted", "ResolvedRefs", "Theirs"),
  status: fc.constantFrom("True", "False"),
  lastTransitionTime: fc.constant("2026-01-01T00:00:00Z"),
});
const conditions = fc.uniqueArray(condition, { selector: (c) => c.type, maxLength: 2 });
const hostname = fc.constantFrom("a.test", "*.test", "b.a.test", "*.a.test");
const namespaces = fc.constantFrom<unknown>(
  { from: "All" },
  { from: "Same" },
  { from: "Selector", selector: { matchLabels: { team: "x" } } },
  undefined,
);

function routes(kind: string, rules: fc.Arbitrary<object>): ViewInput<KubeObject> {
  return objects(
    { apiVersion: `${group}/v1`, kind, names: ["r", "q"] },
    fc
      .tuple(
        fc.array(parentRef, { maxLength: 3 }),
        fc.array(hostname, { maxLength: 2 }),
        fc.array(rules, { maxLength: 2 }),
        maybe(
          fc.array(
            fc.record({
              parentRef,
              controllerName: fc.constantFrom(settings.controllerName, "other.io/c"),
              conditions,
            }),
            { maxLength: 2 },
          ),
        ),
      )
      .map(([parentRefs, hostnames, some, parents]) => ({
        spec: { parentRefs, hostnames, rules: some },
        ...(parents === undefined ? {} : { status: { parents } }),
      })),
  );
}

viewSuite(routeTable(settings), {
  runs: 60,
  inputs: {
    gatewayClasses: objects(
      { apiVersion: `${group}/v1`, kind: "GatewayClass", names: ["ours", "theirs"], clusterScoped: true },
      fc
        .constantFrom("headgate.io/gateway-controller", "other.io/c")
        .map((controllerName) => ({ spec: { controllerName } })),
    ),
    gateways: objects(
      { apiVersion: `${group}/v1`, kind: "Gateway", names: ["gw", "other"] },
      fc
        .tuple(
          fc.constantFrom("ours", "theirs"),
          fc.array(
            fc.record({
              port: fc.constantFrom(80, 81),
              protocol: fc.constantFrom("HTTP", "HTTP", "TCP"),
              hostname: maybe(hostname),
              namespaces,
            }),
            { maxLength: 3 },
          ),
          maybe(conditions),
        )
        .map(([gatewayClassName, listeners, had]) => ({
          spec: {
            gatewayClassName,
            listeners: listeners.map(({ namespaces: from, ...l }, i) => ({
              name: `l${i}`,
              ...l,
              allowedRoutes: { namespaces: from },
            })),
          },
          status: { conditions: had },
        })),
    ),
    httpRoutes: routes("HTTPRoute", rule),
    grpcRoutes: routes("GRPCRoute", grpcRule),
    services: objects(
      { apiVersion: "v1", kind: "Service", names: ["s", "t"] },
      fc
        .record({
          type: maybe(fc.constantFrom("ClusterIP", "ExternalName")),
          ports: fc.array(
            fc.record({ port: fc.constantFrom(80, 81), protocol: maybe(fc.constantFrom("TCP", "UDP")) }),
            { maxLength: 2 },
          ),
        })
        .map((spec) => ({ spec })),
    ),
    endpointSlices: objects(
      { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", names: ["e", "f"] },
      fc
        .record({
          service: maybe(fc.constantFrom("s", "t")),
          addressType: fc.constantFrom("IPv4", "IPv6", "FQDN"),
          endpoints: fc.array(
            fc.record({
              addresses: fc.constantFrom(["10.0.0.1"], ["10.0.0.2"], []),
              conditions: fc.record({
                ready: maybe(fc.boolean()),
                serving: maybe(fc.boolean()),
                terminating: maybe(fc.boolean()),
              }),
              targetRef: maybe(fc.record({ uid: fc.constantFrom("u1", "u2") })),
            }),
            { maxLength: 3 },
          ),
        })
        .map(({ service, ...rest }) => ({
          labels: service === undefined ? {} : { "kubernetes.io/service-name": service },
          ports: [{ port: 8080 }],
          ...rest,
        })),
    ),
    referenceGrants: objects(
      { apiVersion: `${group}/v1beta1`, kind: "ReferenceGrant", names: ["g"] },
      fc
        .record({
          from: namespace,
          kind: fc.constantFrom("HTTPRoute", "GRPCRoute"),
          name: maybe(fc.constantFrom("s", "t")),
        })
        .map(({ from, kind, name }) => ({
          spec: { from: [{ group, kind, namespace: from }], to: [{ group: "", kind: "Service", name }] },
        })),
    ),
    namespaces: objects(
      { apiVersion: "v1", kind: "Namespace", names: ["a", "b"], clusterScoped: true },
      label.map((team) => ({ labels: { team } })),
    ),
    bindings: {
      row: fc.record<Binding>({ bound: fc.boolean(), message: label }),
      key: ({ message }) => (message === "x" ? "*:80" : "*:81"),
    },
  },
});
