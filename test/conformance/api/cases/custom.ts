import type { Json, Step } from "../exchange.ts";
import { apply, create, get, json, merge, object, remove, replace, strategic } from "../steps.ts";

type Fields = Readonly<Record<string, Json | undefined>>;

/** A group of the case's own: definitions are of the whole cluster. */
const group = "NS.example.com";
const crd = (version: Fields, more: Fields = {}) =>
  object("apiextensions.k8s.io/v1", "CustomResourceDefinition", `widgets.${group}`, {
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{ name: "v1", served: true, storage: true, ...version }],
      ...more,
    },
  });
const schema = (properties: Fields, more: Fields = {}): Fields => ({
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: { type: "object", properties, ...more },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  },
});
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const definition = `${definitions}/widgets.${group}`;
const path = `/apis/${group}/v1/namespaces/NS/widgets/w`;
const widget = (fields: Fields = {}, metadata: Fields = {}) =>
  object(`${group}/v1`, "Widget", "w", { ...fields, metadata });
const defined = (version: Fields, more: Fields = {}): Step[] => [
  { ...create(crd(version, more)), quiet: true },
  { ...get(definition), until: ['"Established","status":"True"'], quiet: true },
  { ...get(`/apis/${group}/v1/namespaces/NS/widgets`), until: ["WidgetList"], quiet: true },
];
const ended: Step[] = [
  { ...remove(definition), quiet: true },
  { ...get(definition), until: ["NotFound"], quiet: true },
];
const text: Fields = { type: "string" };

/** Kinds that come by a CustomResourceDefinition. */
export const custom: Readonly<Record<string, readonly Step[]>> = {
  "a definition and an object": [
    ...defined(schema({ a: text })),
    create(widget({ spec: { a: "1" } })),
    get(path),
    remove(path),
    ...ended,
  ],
  "fields that the schema doesn't name": [
    ...defined(schema({ a: text, open: { type: "object", "x-kubernetes-preserve-unknown-fields": true } })),
    create(widget({ spec: { a: "1", b: 2, open: { c: 3 } }, more: 1 })),
    merge(path, { spec: { c: 1 } }),
    merge(`${path}?fieldValidation=Strict`, { spec: { c: 1 } }),
    { ...create(widget({ spec: { c: 1 } }, { name: "x" }), "fieldValidation=Strict") },
    apply("alice", widget({ spec: { zzz: 1 } })),
    apply("alice", widget({ spec: { zzz: 1 } }), { parameters: "&fieldValidation=Strict" }),
    ...ended,
  ],
  "defaults, nulls and empty things": [
    ...defined(
      schema({
        a: { type: "string", default: "x" },
        b: { type: "string", nullable: true, default: "y" },
        c: { type: "object", default: {}, properties: { d: { type: "integer", default: 3 } } },
        e: { type: "array", items: { type: "object", properties: { f: { type: "boolean", default: true } } } },
        g: { type: "object", additionalProperties: text },
      }),
    ),
    create(widget({ spec: { a: null, b: null, e: [{}, null], g: {} } })),
    merge(path, { spec: { e: [], g: null } }),
    replace(widget({ spec: {} }, { resourceVersion: "<version 9>" })),
    replace(widget({ spec: {} })),
    create(widget({}, { name: "none" })),
    ...ended,
  ],
  "values that break the schema": [
    ...defined(
      schema(
        {
          a: { type: "string", minLength: 2, maxLength: 3, pattern: "^x" },
          n: { type: "integer", minimum: 1, maximum: 3 },
          e: { type: "string", enum: ["p", "q"] },
          l: { type: "array", items: text, maxItems: 1, "x-kubernetes-list-type": "set" },
          f: { type: "string", format: "date-time" },
          i: { "x-kubernetes-int-or-string": true },
        },
        { required: ["a"] },
      ),
    ),
    create(widget({ spec: {} })),
    create(widget()),
    create(widget({ spec: { a: "y" } })),
    create(widget({ spec: { a: "xxxx", n: 4, e: "r", l: ["1", "1"], f: "x", i: true } })),
    create(widget({ spec: { a: 1, n: 1.5, l: {} } })),
    create(widget({ spec: "x" })),
    create(widget({ spec: { a: "xy" } })),
    merge(path, { spec: { n: 9 } }),
    merge(path, { spec: { n: "x" } }),
    json(path, [{ op: "add", path: "/spec/e", value: "r" }]),
    apply("alice", widget({ spec: { n: 9 } })),
    apply("alice", widget({ spec: { n: "x" } })),
    ...ended,
  ],
  rules: [
    ...defined(
      schema(
        {
          a: { type: "integer" },
          b: {
            type: "string",
            maxLength: 9,
            "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "b is fixed" }],
          },
        },
        {
          "x-kubernetes-validations": [
            {
              rule: "!has(self.a) || self.a < 5",
              message: "a is too much",
              fieldPath: ".a",
              reason: "FieldValueForbidden",
            },
          ],
        },
      ),
    ),
    create(widget({ spec: { a: 7 } })),
    create(widget({ spec: { a: 3, b: "x" } })),
    merge(path, { spec: { b: "y", a: 6 } }),
    ...ended,
  ],
  "status and scale": [
    ...defined({
      ...schema({ replicas: { type: "integer" } }),
      subresources: {
        status: {},
        scale: {
          specReplicasPath: ".spec.replicas",
          statusReplicasPath: ".status.replicas",
          labelSelectorPath: ".status.selector",
        },
      },
    }),
    create(widget({ spec: { replicas: 1 }, status: { replicas: 9 } })),
    merge(path, { status: { replicas: 2 } }),
    merge(`${path}/status`, {
      metadata: { labels: { l: "1" }, annotations: { n: "1" } },
      spec: { replicas: 7 },
      status: { replicas: 3, selector: "a=b" },
    }),
    get(`${path}/scale`),
    merge(`${path}/scale`, { spec: { replicas: 4 } }),
    get(path),
    merge(`${path}/scale`, { spec: { replicas: -4 } }),
    replace(widget({ status: { replicas: 5 } }), "/status"),
    apply("alice", widget({ status: { replicas: 6 } }), { sub: "/status", parameters: "&force=true" }),
    apply("bob", widget({ spec: { replicas: 6 }, status: { replicas: 8 } }), { parameters: "&force=true" }),
    strategic(path, {}),
    ...ended,
  ],
  "managers of a custom object's fields": [
    ...defined(
      schema({
        a: text,
        m: { type: "object", additionalProperties: text },
        l: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: { type: "object", required: ["name"], properties: { name: text, v: text } },
        },
        s: { type: "array", "x-kubernetes-list-type": "set", items: text },
        t: { type: "array", items: text },
        o: { type: "object", "x-kubernetes-map-type": "atomic", properties: { x: text, y: text } },
      }),
    ),
    create(widget({ spec: { a: "1", m: { x: "1" }, l: [{ name: "n", v: "1" }], s: ["1"], t: ["1"], o: { x: "1" } } })),
    apply(
      "alice",
      widget({ spec: { m: { y: "1" }, l: [{ name: "n" }, { name: "o", v: "1" }], s: ["2"], o: { x: "1" } } }),
    ),
    apply("alice", widget({ spec: { m: {}, l: [], s: [], o: {} } })),
    apply("alice", widget({ spec: { m: {}, l: [], s: [], o: {} } }), { parameters: "&force=true" }),
    apply("alice", widget()),
    merge(path, { spec: { m: {}, l: [], s: [] } }),
    merge(path, { spec: null }),
    remove(path),
    apply("alice", widget({ spec: { m: {}, l: [], s: [] } })),
    apply("bob", widget({ spec: { m: { x: "1" }, l: [{ name: "n" }], s: ["1"] } })),
    ...ended,
  ],
  "a custom object's versions and generation": [
    ...defined(schema({ a: text })),
    create(widget({ spec: { a: "1" } }, { generation: 5 })),
    merge(path, { spec: { a: "2" } }),
    merge(path, { metadata: { labels: { l: "1" } } }),
    merge(path, { status: { x: 1 } }),
    replace(widget({ spec: { a: "3" } })),
    ...ended,
  ],
  "definitions that are refused": [
    create(crd({})),
    create(crd({ schema: { openAPIV3Schema: {} } })),
    create(crd({ schema: { openAPIV3Schema: { type: "object", properties: { spec: { properties: { a: text } } } } } })),
    create(crd(schema({ a: text }), { group: "other.example.com" })),
    create(crd(schema({ a: text }), { scope: "Odd" })),
    create(crd(schema({ a: text }), { names: { plural: "Widgets", kind: "widget" } })),
    create(crd({ ...schema({ a: text }), storage: false })),
    create(crd(schema({ a: { type: "odd" } }))),
    create(crd(schema({ a: { type: "string", default: 1 } }))),
    create(crd(schema({ a: { type: "string", "x-kubernetes-validations": [{ rule: "self ==" }] } }))),
  ],
  "what may change of a definition": [
    ...defined(schema({ a: text })),
    merge(definition, { spec: { scope: "Cluster" } }),
    merge(definition, { spec: { group: "other.example.com" } }),
    merge(definition, { spec: { names: { kind: "Gadget" } } }),
    ...ended,
  ],
  tables: [
    ...defined({
      ...schema({ a: text, n: { type: "integer" } }),
      additionalPrinterColumns: [
        { name: "A", type: "string", jsonPath: ".spec.a" },
        { name: "N", type: "integer", jsonPath: ".spec.n", priority: 1, description: "a number" },
        { name: "Since", type: "date", jsonPath: ".metadata.creationTimestamp" },
      ],
    }),
    create(widget({ spec: { a: "1" } })),
    get(path, "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"),
    ...ended,
  ],
};
