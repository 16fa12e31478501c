import type { Step } from "../exchange.ts";
import { configMap, create, get, json, merge, object, remove, replace, strategic } from "../steps.ts";

const path = "/api/v1/namespaces/NS/configmaps/a";
const collection = "/api/v1/namespaces/NS/configmaps";
const made = create(configMap("a", { k: "1" }));
const service = object("v1", "Service", "s", { spec: { ports: [{ port: 80 }] } });

export const objects: Readonly<Record<string, readonly Step[]>> = {
  "what is created can be read, and its name is taken": [made, get(path), made],
  "what is not there": [
    get(path),
    remove(path),
    merge(path, { data: { k: "1" } }),
    json(path, []),
    get("/api/v1/namespaces/NS/unicorns"),
    get("/apis/no.such.group/v1/unicorns"),
    get("/nowhere"),
    get("/api/v1/nodes/none"),
    get("/apis/apps/v1/namespaces/NS/deployments/none"),
  ],
  "a replace of what is not there": [replace(configMap("a"))],
  "a namespace that is not there": [
    {
      method: "POST",
      path: "/api/v1/namespaces/none-such/configmaps",
      body: configMap("a", undefined, { namespace: "none-such" }),
    },
    get("/api/v1/namespaces/none-such/configmaps"),
  ],
  "a replace without a version, with the right one and with an older one": [
    made,
    replace(configMap("a", { k: "2" })),
    replace(configMap("a", { k: "3" }, { resourceVersion: "<version 2>" })),
    replace(configMap("a", { k: "4" }, { resourceVersion: "<version 2>" })),
  ],
  "a replace that names another incarnation": [
    made,
    replace(configMap("a", { k: "2" }, { uid: "00000000-0000-0000-0000-000000000000" })),
    replace(configMap("a", { k: "2" }, { uid: "<uid 1>" })),
  ],
  "a replace that changes nothing": [made, replace(configMap("a", { k: "1" })), get(path)],
  "a create that gives what the server gives": [
    create(configMap("a", {}, { resourceVersion: "1" })),
    create(
      configMap(
        "a",
        {},
        {
          uid: "00000000-0000-0000-0000-000000000000",
          creationTimestamp: "2001-01-01T00:00:00Z",
          selfLink: "/x",
          deletionGracePeriodSeconds: 3,
        },
      ),
    ),
  ],
  "bodies that are no objects of the kind": [
    { method: "POST", path: collection, body: "{" },
    { method: "POST", path: collection, body: [] },
    { method: "POST", path: collection, body: "" },
    { method: "POST", path: collection, body: { metadata: { name: "a" } } },
    { method: "POST", path: collection, body: { kind: "ConfigMap", metadata: { name: "a" } } },
    { method: "POST", path: collection, body: { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } } },
    { method: "POST", path: collection, body: { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } } },
    { method: "POST", path: collection, body: { apiVersion: "v1", kind: "ConfigMap", metadata: {} } },
    { method: "POST", path: collection, body: { apiVersion: "v1", kind: "ConfigMap", metadata: [] } },
    { method: "POST", path: collection, body: configMap("a", undefined, { namespace: "other" }) },
    { method: "PUT", path, body: configMap("b") },
    { method: "POST", path: collection, body: "hello", type: "text/plain" },
  ],
  "values of the wrong type": [
    create(configMap("a", { k: 1 })),
    create(configMap("a", [] as never)),
    create(configMap("a", {}, { labels: { l: 1 } })),
    create(configMap("a", {}, { labels: "x" })),
    create(configMap("a", {}, { finalizers: "x" })),
    create(object("v1", "Service", "s", { spec: { ports: [{ port: "80" }] } })),
    create(object("apps/v1", "Deployment", "d", { spec: { replicas: "1" } })),
    create(object("apps/v1", "Deployment", "d", { spec: { replicas: 1.5 } })),
  ],
  "fields that nobody knows": ["", "fieldValidation=Strict", "fieldValidation=Warn", "fieldValidation=Ignore"].map(
    (mode, index) =>
      create({ ...configMap(`a${index}`, { k: "1" }), more: 1, metadata: { name: `a${index}`, odd: true } }, mode),
  ),
  "a patch with fields that nobody knows": [
    made,
    merge(path, { more: 1, data: { k: "2" } }),
    merge(`${path}?fieldValidation=Strict`, { more: 1, data: { k: "3" } }),
    strategic(`${path}?fieldValidation=Strict`, { more: 1 }),
    json(`${path}?fieldValidation=Strict`, [{ op: "add", path: "/more", value: 1 }]),
    merge(`${path}?fieldValidation=Odd`, { data: { k: "4" } }),
  ],
  "a dry run": [
    create(configMap("a", { k: "1" }), "dryRun=All"),
    get(path),
    made,
    { ...replace(configMap("a", { k: "2" })), path: `${path}?dryRun=All` },
    merge(`${path}?dryRun=All`, { data: { k: "3" } }),
    remove(`${path}?dryRun=All`),
    get(path),
    create(configMap("b"), "dryRun=Some"),
  ],
  "names, labels, annotations and finalizers that break the rules": [
    create(configMap("Not_A_Name")),
    create(configMap("a".repeat(254))),
    create(configMap("a", {}, { labels: { "-bad": "x" } })),
    create(configMap("a", {}, { labels: { "a/b/c": "x" } })),
    create(configMap("a", {}, { labels: { ok: "not ok" } })),
    create(configMap("a", {}, { labels: { ok: "x".repeat(64) } })),
    create(configMap("a", {}, { labels: { ["x".repeat(64)]: "x" } })),
    create(configMap("a", {}, { annotations: { "no way": "x" } })),
    create(configMap("a", {}, { annotations: { "": "x" } })),
    create(configMap("a", {}, { finalizers: ["no way"] })),
    create(configMap("a", {}, { finalizers: ["nodomain"] })),
    create(configMap("a", { "no way": "x" })),
    create(configMap("a", { "..": "x" })),
    create(configMap("a", { "": "x" })),
    create(object("v1", "Service", "1s", { spec: { ports: [{ port: 80 }] } })),
    create(object("v1", "Namespace", "a.b")),
    create(object("v1", "Secret", "A")),
  ],
  "owner references that break the rules": [
    create(configMap("a", {}, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "o" }] })),
    create(configMap("a", {}, { ownerReferences: [{ apiVersion: "v1", kind: "", name: "o", uid: "u" }] })),
    create(
      configMap(
        "a",
        {},
        {
          ownerReferences: ["1", "2"].map((uid) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "o",
            uid,
            controller: true,
          })),
        },
      ),
    ),
  ],
  "what may not change": [
    made,
    merge(path, { metadata: { name: "b" } }),
    merge(path, { metadata: { namespace: "other" } }),
    merge(path, { metadata: { uid: "00000000-0000-0000-0000-000000000000" } }),
    merge(path, { metadata: { creationTimestamp: "2001-01-01T00:00:00Z" } }),
    merge(path, { metadata: { generation: 9 } }),
    merge(path, { kind: "Secret" }),
    merge(path, { apiVersion: "v2" }),
  ],
  "nulls, and empty maps and lists, in what is created": [
    create(configMap("a", null, { labels: {}, annotations: {}, finalizers: [], ownerReferences: [] })),
    create(configMap("b", {})),
    create(
      object("v1", "Service", "s", { spec: { ports: [{ port: 80, name: null }], selector: {}, externalIPs: [] } }),
    ),
  ],
  "methods that a path does not take": [
    { method: "POST", path, body: configMap("a") },
    { method: "PUT", path: collection, body: configMap("a") },
    { method: "PATCH", path: collection, body: {}, type: "application/merge-patch+json" },
    { method: "DELETE", path: "/api/v1/configmaps" },
    { method: "POST", path: "/api/v1/configmaps", body: configMap("a") },
    get(`${path}/status`),
    get(`${path}/scale`),
    get(`${path}/none`),
  ],
  "a status apart from its object": [
    create(service),
    merge("/api/v1/namespaces/NS/services/s/status", {
      metadata: { labels: { l: "1" }, annotations: { n: "1" } },
      spec: { sessionAffinity: "ClientIP" },
      status: {
        conditions: [
          { type: "Good", status: "True", reason: "R", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
        ],
      },
    }),
    merge("/api/v1/namespaces/NS/services/s", { metadata: { labels: { l: "2" } }, status: { conditions: [] } }),
    get("/api/v1/namespaces/NS/services/s/status"),
    merge("/api/v1/namespaces/NS/services/s/status", { status: null }),
  ],
  "a ConfigMap and a Secret that may not change": [
    create({ ...configMap("a", { k: "1" }), immutable: true }),
    merge(path, { data: { k: "2" } }),
    merge(path, { immutable: false }),
    merge(path, { immutable: null }),
    merge(path, { metadata: { labels: { l: "1" } } }),
    create(object("v1", "Secret", "a", { immutable: true, stringData: { k: "1" } })),
    merge("/api/v1/namespaces/NS/secrets/a", { stringData: { k: "2" } }),
  ],
  "binary data": [
    create({ ...configMap("a"), binaryData: { k: "AAE=" } }),
    create({ ...configMap("b"), binaryData: { k: "not base64!" } }),
  ],
  "an event": [
    create(
      object("v1", "Event", "e", {
        involvedObject: { kind: "ConfigMap", name: "a", namespace: "NS" },
        reason: "R",
        message: "m",
        type: "Normal",
        firstTimestamp: "2026-01-01T00:00:00Z",
        lastTimestamp: "2026-01-01T00:00:00Z",
        count: 1,
        source: { component: "c" },
      }),
    ),
    create(object("v1", "Event", "f", { involvedObject: { namespace: "other" } })),
    create(object("v1", "Event", "g", { involvedObject: {} })),
    merge("/api/v1/namespaces/NS/events/e", { count: 2 }),
  ],
  "a lease": [
    create(
      object("coordination.k8s.io/v1", "Lease", "l", {
        spec: {
          holderIdentity: "me",
          leaseDurationSeconds: 15,
          renewTime: "2026-01-01T00:00:00.000000Z",
          acquireTime: "2026-01-01T00:00:00.500000Z",
          leaseTransitions: 0,
        },
      }),
    ),
    merge("/apis/coordination.k8s.io/v1/namespaces/NS/leases/l", { spec: { leaseDurationSeconds: 0 } }),
    merge("/apis/coordination.k8s.io/v1/namespaces/NS/leases/l", { spec: { leaseTransitions: -1 } }),
    merge("/apis/coordination.k8s.io/v1/namespaces/NS/leases/l", { spec: { renewTime: "yesterday" } }),
  ],
  "an apiVersion of the past": [
    get("/apis/apps/v1beta1/namespaces/NS/deployments"),
    get("/apis/apps/v2"),
  ] satisfies Step[],
  "numbers at their limits": [
    create(object("v1", "Service", "s", { spec: { ports: [{ port: 0 }, { port: 70_000 }] } })),
  ] satisfies Step[],
};
