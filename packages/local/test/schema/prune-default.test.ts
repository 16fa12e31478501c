import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchema } from "../../src/schema/index.ts";

const string = { type: "string" };
const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        name: { ...string, default: "n" },
        nullable: { ...string, nullable: true, default: "d" },
        nested: { type: "object", default: {}, properties: { deep: { type: "integer", default: 7 } } },
        items: {
          type: "array",
          items: { type: "object", required: ["k"], properties: { k: string, port: { type: "integer", default: 80 } } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k", "port"],
        },
        tags: { type: "array", items: string, "x-kubernetes-list-type": "set" },
        atoms: { type: "array", items: string },
        map: { type: "object", additionalProperties: { type: "object", properties: { a: string } } },
        whole: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: string } },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { a: { type: "object" } } },
        port: { "x-kubernetes-int-or-string": true },
        any: { "x-kubernetes-preserve-unknown-fields": true },
        pod: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: { type: "object" } } },
      },
    },
  },
};
const compiled = compileSchema(schema);

describe("pruning", () => {
  test("drops what the schema does not name, and says what", () => {
    const object = {
      apiVersion: "v1",
      kind: "X",
      metadata: { whatever: 1 },
      extra: 1,
      spec: {
        name: "a",
        extra: {},
        items: [{ k: "a", no: 1 }],
        map: { x: { a: "", b: "" } },
        free: { kept: { too: 1 }, a: { dropped: 1 } },
        any: [{ kept: 1 }],
        pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { no: 1 }, no: 1 },
      },
    };
    expect(compiled.unknownFields(object)).toEqual(
      [
        "extra",
        "metadata.whatever",
        "spec.extra",
        "spec.free.a.dropped",
        "spec.items[0].no",
        "spec.map.x.b",
        "spec.pod.no",
        "spec.pod.spec.no",
      ].sort(),
    );
    expect(compiled.prune<unknown>(object)).toEqual({
      apiVersion: "v1",
      kind: "X",
      metadata: {},
      spec: {
        name: "a",
        items: [{ k: "a" }],
        map: { x: { a: "" } },
        free: { kept: { too: 1 }, a: {} },
        any: [{ kept: 1 }],
        pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: {} },
      },
    });
  });

  test("shares an object that has nothing to drop", () => {
    const object = { spec: { name: "a", items: [{ k: "a" }] } };
    expect(compiled.prune(object)).toBe(object);
  });
});

describe("defaults", () => {
  test("fill what is missing, at every depth, and a null that is not allowed", () => {
    const object = { spec: { name: null, nullable: null, items: [{ k: "a" }] } };
    expect(compiled.applyDefaults<unknown>(object)).toEqual({
      spec: { name: "n", nullable: null, nested: { deep: 7 }, items: [{ k: "a", port: 80 }] },
    });
    expect(object).toEqual({ spec: { name: null, nullable: null, items: [{ k: "a" }] } });
  });

  test("drop a null that is not allowed and has no default", () => {
    const object = { spec: { tags: null, map: { a: null }, free: { x: null }, nested: {} } };
    expect(compiled.applyDefaults<unknown>(object)).toEqual({
      spec: { name: "n", nullable: "d", map: {}, free: { x: null }, nested: { deep: 7 } },
    });
  });

  test("never share a value between objects", () => {
    const [a, b] = [{ spec: {} }, { spec: {} }].map((object) => compiled.applyDefaults<unknown>(object));
    expect(a).toEqual(b);
    expect((a as { spec: { nested: object } }).spec.nested).not.toBe((b as { spec: { nested: object } }).spec.nested);
  });
});

describe("laws", () => {
  const key = fc.constantFrom(...Object.keys(schema.properties.spec.properties), "a", "k", "extra", "__proto__");
  const { spec } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 1, 1.5, "", "text"),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("spec"),
    ),
    spec: fc.dictionary(key, tie("value"), { maxKeys: 5 }),
  }));
  const object = spec.map((value) => ({ apiVersion: "v1", kind: "X", metadata: {}, spec: value }));

  test("pruning twice is pruning once, and leaves nothing unknown", () => {
    fc.assert(
      fc.property(object, (value) => {
        const pruned = compiled.prune(value);
        expect(compiled.unknownFields(pruned)).toEqual([]);
        expect(compiled.prune(pruned)).toBe(pruned);
      }),
    );
  });

  test("filling in defaults twice is filling them in once, and brings nothing unknown", () => {
    fc.assert(
      fc.property(object, (value) => {
        const full = compiled.applyDefaults(compiled.prune(value));
        expect(compiled.applyDefaults(full)).toBe(full);
        expect(compiled.unknownFields(full)).toEqual([]);
      }),
    );
  });

  test("validation never throws, changes nothing, and an object may always stay as it is stored", () => {
    fc.assert(
      fc.property(object, (value) => {
        const full = compiled.applyDefaults(compiled.prune(value));
        const before = structuredClone(full);
        compiled.validate(full);
        expect(full).toEqual(before);
        expect(compiled.validate(full, full)).toEqual([]);
      }),
    );
  });
});
