import fc from "fast-check";

const maybe = (shape: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
  fc.record(shape, { requiredKeys: [] });
const some = <T>(...values: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...values], { minLength: 1 });
const hosts = Array.from({ length: 16 }, (_, i) => `h${String(i)}.example.com`);
const hostnames = fc.oneof(some("a.example", "*.b.example"), fc.constant(hosts), fc.constant([]));
const budget = fc.constantFrom<unknown>(0, 1, "0%", "50%", "100%");
const direction = maybe({
  stabilizationWindowSeconds: fc.constantFrom(0, 3600),
  selectPolicy: fc.constantFrom("Max", "Min", "Disabled"),
  policies: fc.constant([{ type: "Percent", value: 1, periodSeconds: 1800 }]),
});
const duration = fc.constantFrom("0s", "500ms", "1s", "1m30s", "99999h");

const optional = {
  strategy: fc.constantFrom("primary", "canary"),
  canaryWeight: fc.constantFrom(1, 100),
  resources: maybe({
    cpuLimit: fc.constantFrom("2", "1e3", "0"),
    cpuRequest: fc.constantFrom("0", "100m"),
    memRequest: fc.constantFrom("1", "64Mi", "1.5Gi"),
  }),
  hpa: fc.record(
    {
      min: fc.constantFrom(0, 1),
      max: fc.constantFrom(1, 3),
      cpuTarget: fc.constantFrom(1, 100),
      behavior: maybe({ scaleUp: direction, scaleDown: direction }),
    },
    { requiredKeys: ["max", "cpuTarget"] },
  ),
  replicas: fc.constantFrom(1, 3),
  image: fc.constantFrom("other:2", "registry.example/a/b@sha256:0"),
  port: fc.constantFrom(1, 65_535),
  containerPort: fc.constantFrom(1, 65_535),
  hostnames,
  timeouts: maybe({ request: duration, backendRequest: duration }),
  sessionPersistence: maybe({
    sessionName: fc.constant("s"),
    type: fc.constantFrom("Cookie", "Header"),
    absoluteTimeout: duration,
  }),
  podDisruptionBudget: fc.oneof(fc.record({ minAvailable: budget }), fc.record({ maxUnavailable: budget })),
  podTemplate: fc.constantFrom({}, { metadata: { labels: { team: "a" } }, spec: { terminationGracePeriodSeconds: 5 } }),
};
const headers = some({ name: "X-A", value: "1" }, { name: "x-b", value: "a.*", type: "RegularExpression" });
const http = fc.record(
  {
    ...optional,
    id: fc.constantFrom("a", "0", "b".repeat(54)),
    match: fc.record(
      {
        path: fc.constantFrom("/", "/a", "/a/", "/a%20b/c;d=1"),
        pathType: fc.constantFrom("PathPrefix", "Exact"),
        methods: some("GET", "PUT", "CONNECT"),
        headers,
      },
      { requiredKeys: ["path"] },
    ),
    rewritePrefix: fc.constantFrom("/", "/b", "/b/c"),
  },
  { requiredKeys: ["id", "match"] },
);
const grpc = fc.record(
  {
    ...optional,
    id: fc.constantFrom("c", "d"),
    type: fc.constant("grpc"),
    match: fc.record(
      { service: fc.constantFrom("A", "a.b_c.D1"), method: fc.constantFrom("M", "_m1"), headers },
      { requiredKeys: ["service"] },
    ),
  },
  { requiredKeys: ["id", "type", "match"] },
);

/** Specs with much in them at once, of which nearly all are valid. */
export const anyRichSpec = fc.record({
  appRef: fc.record({ name: fc.constantFrom("a", "shop"), image: fc.constant("shop:1"), port: fc.constantFrom(1, 80) }),
  gatewayRef: fc.record(
    {
      name: fc.constant("gw"),
      namespace: fc.constantFrom("default", "infra"),
      hostname: fc.constant("g.example"),
      hostnames,
      sectionName: fc.constant("http"),
    },
    { requiredKeys: ["name"] },
  ),
  endpoints: fc.uniqueArray(fc.oneof(http, grpc), { minLength: 1, maxLength: 2, selector: ({ id }) => id }),
});
