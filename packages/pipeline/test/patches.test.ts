/** Patchers of views: what is merged onto the objects that others make there. */
import type { Json } from "@headgate/api";
import { parseOperator, Pipelines } from "@headgate/pipeline";
import type { FeedEvent } from "@headgate/pipeline";
import { describe, expect, test } from "vitest";

import { gone, now, there } from "./objects.ts";

const native = (kind: string): Json => ({ apiGroup: "", version: "v1", kind });
const patch = (kind: string): Json => ({ kind, type: "Patcher" });

function start(...controllers: readonly Json[]): Pipelines {
  const parsed = parseOperator("op", { controllers });
  expect(parsed.faulty).toEqual([]);
  return new Pipelines(parsed.controllers, { now });
}
const set = (kind: string, name: string, fields: Readonly<Record<string, Json>> = {}): FeedEvent =>
  there(`core/v1/${kind}`, { apiVersion: "v1", kind, metadata: { name, namespace: "ns" }, ...fields });

const maker = { name: "make", sources: [native("A")], target: { kind: "V" } };
const patcher = { name: "patch", sources: [native("P")], target: patch("V") };
const rows = (pipelines: Pipelines, kind = "V"): Json[] =>
  [...(pipelines.view("op.view.dcontroller.io", kind)?.entries() ?? [])].map(([, row]) => row as Json);

describe("a Patcher of a view", () => {
  const cases: readonly (readonly [string, Json, Json, Json])[] = [
    ["maps field by field", { a: 1, b: { c: 1 } }, { b: { d: 2 } }, { a: 1, b: { c: 1, d: 2 } }],
    ["null takes a field away", { a: 1, b: 2 }, { b: null, c: null }, { a: 1 }],
    ["lists item by item", [1, { a: 1 }, 3, 4], [5, { b: 2 }, null], [5, { a: 1, b: 2 }, null, 4]],
    ["longer lists", [1], [2, 3], [2, 3]],
    ["something else by what is new", { a: 1 }, [1], [1]],
    ["a map over something else", 1, { a: 1, b: null }, { a: 1 }],
  ];
  test.each(cases)("merges %s", (_name, object, over, merged) => {
    for (const both of [
      [maker, patcher],
      [patcher, maker],
    ]) {
      const pipelines = start(...both);
      pipelines.apply([set("A", "x", { v: object, w: 1 }), set("P", "x", { v: over })], now);
      expect(rows(pipelines)).toMatchObject([{ v: merged, w: 1 }]);
      expect(rows(pipelines)[0]).toHaveProperty("v", merged);
      expect([pipelines.faults(), pipelines.conflicts()]).toEqual([[], []]);
    }
  });

  test("takes its fields with it when it has no patch any more, and stays when the object changes", () => {
    const pipelines = start(maker, patcher);
    pipelines.apply([set("A", "x", { v: 1 }), set("P", "x", { p: 1 })], now);
    pipelines.apply([set("A", "x", { v: 2 })], now);
    expect(rows(pipelines)).toMatchObject([{ v: 2, p: 1 }]);
    pipelines.apply([gone("core/v1/P", "ns/x")], now);
    expect(rows(pipelines)).toHaveLength(1);
    expect(rows(pipelines)[0]).not.toHaveProperty("p");
  });

  test("makes no object, and says which one is not there until it is", () => {
    const pipelines = start(maker, patcher);
    pipelines.apply([set("P", "x", { p: 1 })], now);
    expect(rows(pipelines)).toEqual([]);
    expect(pipelines.faults()).toEqual([
      {
        controller: "op/patch",
        at: "spec.controllers[1].target",
        code: "no-object",
        message: "ns/x is not there to be patched",
        objects: [{ feed: "core/v1/P", key: "ns/x" }],
      },
    ]);
    pipelines.apply([set("A", "x")], now);
    expect(rows(pipelines)).toMatchObject([{ p: 1 }]);
    expect(pipelines.faults()).toEqual([]);
  });

  test("may read the object that it patches, and is read by those behind it", () => {
    const label = {
      name: "label",
      sources: [{ kind: "V" }],
      pipeline: {
        "@project": {
          metadata: { namespace: "$.metadata.namespace", name: "$.metadata.name" },
          twice: { "@mul": ["$.v", 2] },
        },
      },
      target: patch("V"),
    };
    const pipelines = start(maker, label, { name: "out", sources: [{ kind: "V" }], target: { kind: "Out" } });
    pipelines.apply([set("A", "x", { v: 2 })], now);
    pipelines.apply([set("A", "x", { v: 3 })], now);
    expect(rows(pipelines, "Out")).toMatchObject([{ v: 3, twice: 6 }]);
    expect([pipelines.faults(), pipelines.conflicts()]).toEqual([[], []]);
    pipelines.apply([gone("core/v1/A", "ns/x")], now);
    expect([rows(pipelines), rows(pipelines, "Out"), pipelines.faults()]).toEqual([[], [], []]);
  });

  test("the last of two that want different values in one field has it, and both are told", () => {
    const pipelines = start(maker, patcher, { ...patcher, name: "other", sources: [native("Q")] });
    pipelines.apply([set("A", "x"), set("P", "x", { p: 1, own: 1 }), set("Q", "x", { p: 2 })], now);
    expect(rows(pipelines)).toMatchObject([{ p: 2, own: 1 }]);
    expect(pipelines.conflicts()).toMatchObject([
      { key: "ns/x", controllers: ["op/patch", "op/other"], fields: ["p"] },
    ]);
  });
});
