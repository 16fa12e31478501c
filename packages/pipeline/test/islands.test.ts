/** What a change of some controllers, and a tick, compute anew; counted in rows, not in time. */
import type { Json } from "@headgate/api";
import { parseOperator, Pipelines } from "@headgate/pipeline";
import type { Controller } from "@headgate/pipeline";
import { expect, test } from "vitest";

import { now, said, there } from "./objects.ts";

const native = (kind: string): Json => ({ apiGroup: "", version: "v1", kind });
const pass = { "@select": true };

/** The controllers of an operator. */
function operator(name: string, ...controllers: readonly Json[]): readonly Controller[] {
  const parsed = parseOperator(name, { controllers });
  expect(parsed.faulty).toEqual([]);
  return parsed.controllers;
}

const copying = (name: string, source: Json, kind: string): Json => ({
  name,
  sources: [source],
  pipeline: [pass],
  target: { kind },
});

function rowsIn(pipelines: Pipelines): Record<string, number> {
  return Object.fromEntries(
    [...pipelines.stats()].map(([id, stages]) => [id, stages.reduce((sum, stage) => sum + stage.rowsIn, 0)]),
  );
}

const objects = Array.from({ length: 10 }, (_, index) =>
  there("core/v1/A", { apiVersion: "v1", kind: "A", metadata: { name: `a${index}`, namespace: "ns" } }),
);

test("adding, changing and taking away an operator computes it anew, and those it is connected with through views", () => {
  const one = operator("one", copying("w", native("A"), "V"));
  const alone = operator("alone", copying("c", native("A"), "V"));
  const reader = operator("reader", copying("r", { apiGroup: "one.view.dcontroller.io", kind: "V" }, "Out"));
  const pipelines = new Pipelines([...one, ...alone], { now });
  pipelines.apply(objects, now);
  expect(rowsIn(pipelines)).toEqual({ "one/w": 10, "alone/c": 10 });
  const held = pipelines.view("alone.view.dcontroller.io", "V");

  expect([...pipelines.setControllers([...one, ...alone, ...reader], now)]).toEqual(["one/w", "reader/r"]);
  expect(rowsIn(pipelines)).toEqual({ "one/w": 10, "reader/r": 10, "alone/c": 10 });
  expect(pipelines.rows("reader/r").size).toBe(10);

  const other = operator("other", copying("c", native("A"), "W"));
  expect([...pipelines.setControllers([...one, ...alone, ...reader, ...other], now)]).toEqual(["other/c"]);
  expect(rowsIn(pipelines)).toEqual({ "one/w": 10, "reader/r": 10, "alone/c": 10, "other/c": 10 });

  const changed = operator("one", copying("w", native("B"), "V"));
  expect([...pipelines.setControllers([...changed, ...alone, ...reader, ...other], now)]).toEqual([
    "one/w",
    "reader/r",
  ]);
  expect(rowsIn(pipelines)).toEqual({ "one/w": 0, "reader/r": 0, "alone/c": 10, "other/c": 10 });

  expect([...pipelines.setControllers([...alone, ...other], now)]).toEqual([]);
  expect(rowsIn(pipelines)).toEqual({ "alone/c": 10, "other/c": 10 });
  expect(pipelines.view("alone.view.dcontroller.io", "V")).toBe(held);
  expect(pipelines.feeds.map(({ id, readers }) => [id, readers])).toEqual([["core/v1/A", ["alone/c/A", "other/c/A"]]]);
});

test("a tick computes the rows of its controller anew, and of what follows only what became something else", () => {
  const tick = { kind: "Tick", type: "Periodic" };
  const stamp = (name: string, fields: Json): Json => ({
    name,
    sources: [native("A"), tick],
    pipeline: { "@project": { metadata: "$.metadata", ...(fields as object) } },
    target: { kind: name },
  });
  const pipelines = new Pipelines(
    operator(
      "op",
      stamp("Hour", { at: "@now" }),
      stamp("Plain", {}),
      copying("after", { kind: "Hour" }, "After"),
      copying("beside", native("A"), "Beside"),
    ),
    { now },
  );
  pipelines.apply(objects, now);
  const before = rowsIn(pipelines);
  expect(pipelines.tick("op/Hour", now)).toEqual([]);
  expect(rowsIn(pipelines)).toEqual({ ...before, "op/Hour": 20 });
  const deltas = pipelines.tick("op/Hour", "2026-02-01T00:00:00Z");
  expect([said(deltas, "op/Hour").length, said(deltas, "op/after").length, deltas.length]).toEqual([10, 10, 20]);
  expect(rowsIn(pipelines)).toEqual({ ...before, "op/Hour": 30, "op/after": 20 });
  expect(pipelines.tick("op/Plain", "2026-02-02T00:00:00Z")).toEqual([]);
  expect(pipelines.rows("op/after").get("ns/a0")).toMatchObject({ at: "2026-02-01T00:00:00Z" });
  expect(JSON.stringify(pipelines.explain("op/Hour", "ns/a0"))).not.toContain("tick");
});

test("a tick reaches what comes behind a gather, and what could not be computed with", () => {
  const gathered = {
    name: "g",
    sources: [native("A"), { kind: "Tick", type: "Periodic" }],
    pipeline: [
      { "@gather": ["$.metadata.namespace", "$.metadata.name"] },
      { "@project": { metadata: { name: "all" }, count: { "@len": "$.metadata.name" }, at: "@now" } },
    ],
    target: { kind: "G" },
  };
  const poisoned = {
    ...gathered,
    name: "p",
    pipeline: [{ "@gather": ["$.metadata.name", "$.l[1]"] }, { "@select": "$.l" }],
  };
  const pipelines = new Pipelines(operator("op", gathered, poisoned), { now });
  pipelines.apply(objects, now);
  const [delta] = pipelines.tick("op/g", "2026-02-01T00:00:00Z");
  expect(delta).toMatchObject({ type: "Updated", object: { count: 10, at: "2026-02-01T00:00:00Z" } });
  const bad = { apiVersion: "v1", kind: "A", metadata: { name: "bad", namespace: "ns" }, l: [1, 2] };
  pipelines.apply([there("core/v1/A", bad)], now);
  const faults = pipelines.faults();
  expect(faults).toMatchObject([{ controller: "op/p", objects: [{ feed: "core/v1/A", key: "ns/bad" }] }]);
  pipelines.tick("op/p", now);
  expect(pipelines.faults()).toEqual(faults);
});

test("a source takes from a view what its namespace, selector and predicate let pass", () => {
  const view = { kind: "V", namespace: "ns", labelSelector: { matchLabels: { on: "1" } }, predicate: "LabelChanged" };
  const pipelines = new Pipelines(operator("op", copying("w", native("A"), "V"), copying("r", view, "Out")), { now });
  const say = (namespace: string, labels: Readonly<Record<string, string>>, v: number): string[] => {
    const object = { apiVersion: "v1", kind: "A", metadata: { name: "x", namespace, labels }, v };
    return said(pipelines.apply([there("core/v1/A", object)], now), "op/r");
  };
  expect(say("ns", { on: "0" }, 1)).toEqual([]);
  expect(say("ns", { on: "1" }, 1)).toEqual(["Added ns/x"]);
  expect(say("ns", { on: "1" }, 2)).toEqual([]);
  expect(say("ns", { on: "1", more: "1" }, 3)).toEqual(["Updated ns/x"]);
  expect(say("ns", {}, 3)).toEqual(["Deleted ns/x"]);
  expect(say("other", { on: "1" }, 1)).toEqual([]);
});
