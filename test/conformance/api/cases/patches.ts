import type { Step } from "../exchange.ts";
import { configMap, create, get, json, merge, object, strategic } from "../steps.ts";

const path = "/api/v1/namespaces/NS/configmaps/a";
const made = create(configMap("a", { k: "1", l: "2" }, { labels: { x: "1" }, finalizers: ["example.com/a"] }));
const service = create(
  object("v1", "Service", "s", {
    spec: {
      selector: { app: "x" },
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
      ],
    },
  }),
);
const services = "/api/v1/namespaces/NS/services/s";
const container = {
  name: "main",
  image: "one",
  env: [
    { name: "A", value: "1" },
    { name: "B", value: "2" },
  ],
  ports: [{ containerPort: 80 }],
};
const deployment = create(
  object("apps/v1", "Deployment", "d", {
    spec: {
      selector: { matchLabels: { app: "d" } },
      template: { metadata: { labels: { app: "d" } }, spec: { containers: [container] } },
    },
  }),
);
const deployments = "/apis/apps/v1/namespaces/NS/deployments/d";
const containers = (...list: readonly object[]): never =>
  ({ spec: { template: { spec: { containers: list } } } }) as never;

export const patches: Readonly<Record<string, readonly Step[]>> = {
  "a JSON patch": [
    made,
    json(path, [
      { op: "test", path: "/data/k", value: "1" },
      { op: "replace", path: "/data/k", value: "3" },
      { op: "add", path: "/data/m", value: "4" },
      { op: "remove", path: "/data/l" },
      { op: "copy", from: "/data/k", path: "/data/n" },
      { op: "move", from: "/data/m", path: "/data/o" },
      { op: "add", path: "/metadata/labels/example.com~1y", value: "2" },
      { op: "add", path: "/metadata/finalizers/-", value: "example.com/b" },
    ]),
  ],
  "JSON patches that fail": [
    made,
    json(path, [{ op: "test", path: "/data/k", value: "2" }]),
    json(path, [{ op: "test", path: "/data/none", value: "2" }]),
    json(path, [{ op: "remove", path: "/data/none" }]),
    json(path, [{ op: "add", path: "/none/none", value: "1" }]),
    json(path, [{ op: "add", path: "/metadata/finalizers/7", value: "example.com/b" }]),
    json(path, [{ op: "odd", path: "/data/k" }]),
    json(path, { op: "add" }),
    json(path, "["),
    get(path),
  ],
  "a merge patch": [
    made,
    merge(path, { data: { k: null, l: "3", m: "4" }, metadata: { labels: null, annotations: { n: "1" } } }),
    merge(path, { data: null }),
    merge(path, {}),
    merge(path, { data: {} }),
    merge(path, { metadata: { finalizers: [] } }),
  ],
  "merge patches that fail": [
    made,
    merge(path, []),
    merge(path, "{"),
    merge(path, { data: "x" }),
    merge(path, { data: { k: 1 } }),
    merge(path, { metadata: { resourceVersion: "1" } }),
    merge(`${path}?force=true`, { data: {} }),
    { method: "PATCH", path, body: {}, type: "application/json" },
    { method: "PATCH", path, body: {}, type: "application/x-unknown" },
  ],
  "a strategic patch of a Service's ports": [
    service,
    strategic(services, {
      spec: {
        ports: [
          { port: 81, name: "c" },
          { port: 82, name: "d" },
        ],
      },
    }),
    strategic(services, { spec: { ports: [{ port: 80, $patch: "delete" }] } }),
    strategic(services, { spec: { ports: [{ $patch: "replace" }, { port: 90 }] } }),
    strategic(services, { spec: { selector: { $patch: "replace", app: "y" } } }),
    strategic(services, { spec: { selector: null } }),
  ],
  "a strategic patch of containers": [
    deployment,
    strategic(deployments, containers({ name: "main", image: "two" })),
    strategic(
      deployments,
      containers({
        name: "main",
        env: [
          { name: "B", $patch: "delete" },
          { name: "C", value: "3" },
        ],
      }),
    ),
    strategic(deployments, containers({ name: "side", image: "three" })),
    strategic(deployments, {
      spec: {
        template: {
          spec: {
            "$setElementOrder/containers": [{ name: "side" }, { name: "main" }],
            containers: [{ name: "side", image: "four" }],
          },
        },
      },
    }),
    strategic(deployments, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }),
    strategic(deployments, containers({ name: "main", $patch: "delete" })),
  ],
  "a strategic patch of a list of plain values": [
    made,
    strategic(path, { metadata: { finalizers: ["example.com/b"] } }),
    strategic(path, { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] } }),
  ],
};
