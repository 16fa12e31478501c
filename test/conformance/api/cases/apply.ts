import type { Step } from "../exchange.ts";
import { apply, configMap, create, get, json, merge, object, remove, replace, strategic } from "../steps.ts";

const path = "/api/v1/namespaces/NS/configmaps/a";
const force = { parameters: "&force=true" };
const owner = (uid: string): object => ({ apiVersion: "v1", kind: "ConfigMap", name: "o", uid });
const service = (ports: readonly object[], more: object = {}) =>
  object("v1", "Service", "s", { spec: { ports: ports as never, ...more } });
const deployment = (spec: object, container: object = {}, more: object = {}) =>
  object("apps/v1", "Deployment", "d", {
    ...more,
    spec: {
      selector: { matchLabels: { app: "d" } },
      template: {
        metadata: { labels: { app: "d" } },
        spec: { containers: [{ name: "main", image: "one", ...container }] },
      },
      ...spec,
    } as never,
  });
const scale = "/apis/apps/v1/namespaces/NS/deployments/d/scale";

export const applies: Readonly<Record<string, readonly Step[]>> = {
  "an apply creates, changes and takes away": [
    apply("alice", configMap("a", { k: "1", l: "2" }, { labels: { x: "1" } })),
    apply("alice", configMap("a", { k: "2" })),
    apply("alice", configMap("a")),
    apply("alice", configMap("a")),
  ],
  "an apply that changes nothing": [
    apply("alice", configMap("a", { k: "1" })),
    apply("alice", configMap("a", { k: "1" })),
  ],
  "an apply without a manager": [{ ...apply("", configMap("a")), path }],
  "an empty map is a field": [
    apply("alice", configMap("a", {})),
    apply("bob", configMap("a", { k: "1" })),
    apply("bob", configMap("a", {})),
    apply("bob", configMap("a", { k: "1" }), force),
    apply("alice", configMap("a")),
    apply("bob", configMap("a")),
  ],
  "an empty map and a filled one": [
    apply("alice", configMap("a", { k: "1" })),
    apply("bob", configMap("a", {})),
    apply("alice", configMap("a")),
    apply("bob", configMap("a")),
  ],
  "empty labels and a null": [
    apply("alice", configMap("a", undefined, { labels: {}, annotations: { n: "1" } })),
    apply("bob", configMap("a", null, { labels: { l: "1" }, annotations: {} })),
    apply("alice", configMap("a")),
  ],
  "two managers of different fields": [
    apply("alice", configMap("a", { k: "1" })),
    apply("bob", configMap("a", { l: "1" })),
    apply("alice", configMap("a", {})),
    apply("bob", configMap("a", {})),
  ],
  "two managers of the same field": [
    apply("alice", configMap("a", { k: "1", l: "1" })),
    apply("bob", configMap("a", { k: "2" })),
    apply("bob", configMap("a", { k: "2", l: "2" })),
    apply("bob", configMap("a", { k: "1" })),
    apply("alice", configMap("a", { l: "1" })),
    apply("bob", configMap("a", { k: "2", l: "2" }), force),
    apply("alice", configMap("a", { l: "1" })),
  ],
  "a field that an update set": [
    create(configMap("a", { k: "1", l: "1" })),
    apply("alice", configMap("a", { k: "1" })),
    apply("alice", configMap("a", { k: "2" })),
    apply("alice", configMap("a", { k: "2" }), force),
    merge(path, { data: { k: "3" } }),
    apply("alice", configMap("a", { k: "2" })),
    apply("alice", configMap("a", {}), force),
  ],
  "an update of an applied field, and its removal": [
    apply("alice", configMap("a", { k: "1", l: "1" })),
    replace(configMap("a", { k: "2" })),
    apply("alice", configMap("a", { k: "2", l: "1" })),
  ],
  "managed fields handed from an update to an apply": [
    create(configMap("a", { kept: "1", dropped: "1" }), "fieldManager=alice"),
    apply("alice", configMap("a", { kept: "1" })),
    json(`${path}?fieldManager=alice`, [
      {
        op: "replace",
        path: "/metadata/managedFields",
        value: [
          {
            manager: "alice",
            operation: "Apply",
            apiVersion: "v1",
            time: "2026-01-01T00:00:00Z",
            fieldsType: "FieldsV1",
            fieldsV1: { "f:data": { ".": {}, "f:kept": {}, "f:dropped": {} } },
          },
        ],
      },
    ]),
    apply("alice", configMap("a", { kept: "1" })),
  ],
  "managed fields handed over with defaulted fields among them": [
    create(service([{ port: 80 }]), "fieldManager=alice"),
    json("/api/v1/namespaces/NS/services/s?fieldManager=alice", [
      { op: "replace", path: "/metadata/managedFields/0/operation", value: "Apply" },
    ]),
    apply("alice", service([{ port: 80 }])),
    apply("alice", service([{ port: 81 }])),
  ],
  "managed fields handed over of a Deployment": [
    create(deployment({ replicas: 2 }), "fieldManager=alice"),
    json("/apis/apps/v1/namespaces/NS/deployments/d?fieldManager=alice", [
      { op: "replace", path: "/metadata/managedFields/0/operation", value: "Apply" },
    ]),
    apply("alice", deployment({})),
  ],
  "managed fields that are reset, and that are wrong": [
    apply("alice", configMap("a", { k: "1" })),
    merge(path, { metadata: { managedFields: [] } }),
    merge(path, { metadata: { managedFields: [{}] } }),
    apply("alice", configMap("a", { k: "1" })),
    merge(path, {
      metadata: {
        managedFields: [{ manager: "x", operation: "Odd", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} }],
      },
    }),
    merge(path, {
      metadata: { managedFields: [{ manager: "x", operation: "Apply", apiVersion: "v1", fieldsV1: { "f:data": {} } }] },
    }),
    merge(path, { metadata: { managedFields: null } }),
  ],
  "managed fields in an apply": [
    apply("alice", configMap("a", {}, { managedFields: [] })),
    apply("alice", configMap("b", {}, { managedFields: [{}] })),
  ],
  "an apply that names an incarnation or a version": [
    create(configMap("a", { k: "1" })),
    apply("alice", configMap("b", {}, { uid: "<uid 1>" })),
    apply("alice", configMap("a", { k: "2" }, { uid: "00000000-0000-0000-0000-000000000000" }), force),
    apply("alice", configMap("a", { k: "2" }, { uid: "<uid 1>" }), force),
    apply("alice", configMap("a", { k: "3" }, { resourceVersion: "<version 1>" }), force),
    apply("alice", configMap("a", { k: "3" }, { resourceVersion: "<version 2>" }), force),
  ],
  "owner references are merged by uid": [
    apply("alice", configMap("a", { k: "1" }, { ownerReferences: [owner("1")] as never })),
    apply("bob", configMap("a", undefined, { ownerReferences: [owner("2")] as never })),
    apply("bob", configMap("a")),
    apply("alice", configMap("a")),
  ],
  "finalizers are a set": [
    apply("alice", configMap("a", undefined, { finalizers: ["example.com/a", "example.com/b"] })),
    apply("bob", configMap("a", undefined, { finalizers: ["example.com/b", "example.com/c"] })),
    apply("alice", configMap("a", undefined, { finalizers: [] })),
    apply("bob", configMap("a")),
    merge(path, { metadata: { finalizers: null } }),
  ],
  "ports of a Service are merged by port and protocol": [
    apply("alice", service([{ name: "a", port: 80 }])),
    apply("bob", service([{ name: "b", port: 81, protocol: "TCP" }])),
    apply("bob", service([{ name: "c", port: 80 }])),
    apply("alice", service([{ name: "a", port: 80, targetPort: 8080 }])),
    apply("alice", service([{ name: "a", port: 80 }])),
    apply("bob", service([], { selector: { app: "x" } })),
  ],
  "a selector is one field, labels are many": [
    apply("alice", service([{ port: 80 }], { selector: { app: "x", tier: "y" } })),
    apply("bob", service([{ port: 80 }], { selector: { app: "x" } })),
    apply("bob", service([{ port: 80 }], { selector: { app: "x" } }), force),
    apply("alice", service([{ port: 80 }])),
  ],
  "containers, their ports, their environment": [
    apply("alice", deployment({}, { env: [{ name: "A", value: "1" }], ports: [{ containerPort: 80 }], args: ["x"] })),
    apply("bob", deployment({}, { env: [{ name: "B", value: "1" }], ports: [{ containerPort: 80, protocol: "UDP" }] })),
    apply("alice", deployment({}, { resources: { limits: { cpu: "1" } }, args: [] })),
    apply("bob", deployment({}, { args: ["y"] })),
  ],
  "replicas scaled by someone else": [
    apply("alice", deployment({ replicas: 1 })),
    merge(`${scale}?fieldManager=scaler`, { spec: { replicas: 3 } }),
    apply("alice", deployment({ replicas: 1 })),
    apply("alice", deployment({})),
    apply("alice", deployment({ replicas: 2 }), force),
  ],
  "a status that is applied": [
    create(service([{ port: 80 }])),
    apply("alice", service([], { x: 1 }), { sub: "/status" }),
    apply(
      "alice",
      object("v1", "Service", "s", {
        status: {
          conditions: [
            { type: "Good", status: "True", reason: "R", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
          ],
        },
      }),
      { sub: "/status" },
    ),
    apply(
      "bob",
      object("v1", "Service", "s", {
        status: {
          conditions: [
            { type: "Good", status: "False", reason: "R", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
          ],
        },
      }),
      { sub: "/status" },
    ),
    apply(
      "bob",
      object("v1", "Service", "s", {
        status: {
          conditions: [
            { type: "Good", status: "False", reason: "R", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
          ],
        },
      }),
    ),
    apply("alice", object("v1", "Service", "s"), { sub: "/status" }),
  ],
  "applies that fail": [
    apply("alice", configMap("a", { k: 1 })),
    apply("alice", configMap("a", [] as never)),
    apply("alice", { ...configMap("a"), more: 1 }),
    apply("alice", { ...configMap("a"), more: 1 }, { parameters: "&fieldValidation=Strict" }),
    { ...apply("alice", configMap("a")), body: "a: [" },
    { ...apply("alice", configMap("a")), body: [] },
    { ...apply("alice", configMap("a")), body: { metadata: { name: "a" } } },
    { ...apply("alice", configMap("a")), body: { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } } },
    { ...apply("alice", configMap("a")), body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" } } },
    { ...apply("alice", configMap("a")), body: { apiVersion: "v1", kind: "ConfigMap" } },
    {
      ...apply("alice", configMap("a")),
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "other" } },
    },
    apply("a".repeat(129), configMap("a")),
    apply("alice", service([{ name: "x" }])),
    apply("alice", object("v1", "Service", "s", { spec: { ports: { a: 1 } } })),
  ],
  "an apply of YAML": [
    {
      ...apply("alice", configMap("a")),
      body: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: '1'\n",
    },
  ],
  "a strategic patch and a manager": [
    apply("alice", service([{ name: "a", port: 80 }])),
    strategic("/api/v1/namespaces/NS/services/s?fieldManager=bob", {
      spec: { ports: [{ port: 80, targetPort: 8080 }] },
    }),
    apply("alice", service([{ name: "a", port: 80 }])),
    apply("alice", service([{ name: "a", port: 80, targetPort: 80 }])),
  ],
  "the same manager by update and by apply": [
    apply("alice", configMap("a", { k: "1" })),
    merge(`${path}?fieldManager=alice`, { data: { k: "2", l: "1" } }),
    apply("alice", configMap("a", { k: "1" })),
    apply("alice", configMap("a", { k: "1" }), force),
  ],
  "a deleted object that is applied": [
    apply("alice", configMap("a", { k: "1" }, { finalizers: ["example.com/hold"] })),
    remove(path),
    apply("alice", configMap("a", { k: "2" }, { finalizers: ["example.com/hold"] })),
    apply("alice", configMap("a", { k: "2" })),
    get(path),
  ],
  "who wrote without saying who": [
    create(configMap("a", { k: "1" })),
    merge(path, { data: { l: "1" } }),
    merge(`${path}?fieldManager=bob`, { data: { k: "2" }, metadata: { labels: { x: "1" } } }),
    replace(configMap("a", { m: "1" })),
  ],
  "a Deployment's first fields": [create(deployment({ replicas: 1 })), merge(scale, { spec: { replicas: 2 } })],
};
