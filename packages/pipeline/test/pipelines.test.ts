/** What Pipelines promises beyond the rows: quarantine, claims, gathers, sources, circles, traces. */
import type { Json, KubeObject } from "@headgate/api";
import { parseOperator, Pipelines } from "@headgate/pipeline";
import type { FeedEvent } from "@headgate/pipeline";
import { describe, expect, test } from "vitest";

import { fileOf, gone, now, pipelinesOf, said, service, services, slice, slices, there } from "./objects.ts";

const core = (kind: string): Json => ({ apiGroup: "", version: "v1", kind });
const view = (kind: string): Json => ({ kind });

function start(...controllers: readonly Json[]): Pipelines {
  const parsed = parseOperator("op", { controllers });
  expect(parsed.faulty).toEqual([]);
  return new Pipelines(parsed.controllers, { now });
}

function object(kind: string, name: string, fields: Readonly<Record<string, Json>> = {}): KubeObject {
  const inMetadata = (field: string): boolean => field === "labels" || field === "generation";
  const entries = Object.entries(fields);
  return {
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "ns", ...Object.fromEntries(entries.filter(([field]) => inMetadata(field))) },
    ...Object.fromEntries(entries.filter(([field]) => !inMetadata(field))),
  };
}

const set = (kind: string, name: string, fields: Readonly<Record<string, Json>> = {}): FeedEvent =>
  there(`core/v1/${kind}`, object(kind, name, fields));
const end = (kind: string, name: string): FeedEvent => gone(`core/v1/${kind}`, `ns/${name}`);

describe("events say what is true now", () => {
  const pipeline = {
    name: "g",
    sources: [core("A")],
    pipeline: [{ "@gather": ["$.metadata.namespace", "$.v"] }],
    target: view("Out"),
  };

  test("the same object twice is one, and the end of an object that is not there is nothing", () => {
    const pipelines = start(pipeline);
    pipelines.apply([set("A", "x", { v: 1 })], now);
    expect(pipelines.apply([set("A", "x", { v: 1 })], now)).toEqual([]);
    expect(pipelines.apply([end("A", "y")], now)).toEqual([]);
    expect(said(pipelines.apply([end("A", "x")], now), "op/g")).toEqual(["Deleted ns/x"]);
  });

  test("an object that leaves a selector or a namespace is retracted, and an update that a predicate passes over changes nothing", () => {
    const source = {
      ...(core("A") as object),
      labelSelector: { matchLabels: { on: "1" } },
      predicate: "GenerationChanged",
      namespace: "ns",
    };
    const pipelines = start({ name: "s", sources: [source], target: view("Out") });
    const [feed] = pipelines.feeds;
    expect(feed).toMatchObject({ labelSelector: { matchLabels: { on: "1" } }, namespace: "ns", readers: ["op/s/A"] });
    const say = (fields: Readonly<Record<string, Json>>): string[] =>
      said(pipelines.apply([there(feed?.id ?? "", object("A", "x", fields))], now), "op/s");
    expect(say({ labels: { on: "1" }, generation: 1, v: 1 })).toEqual(["Added ns/x"]);
    expect(say({ labels: { on: "1" }, generation: 1, v: 2 })).toEqual([]);
    expect(say({ labels: { on: "1" }, generation: 2, v: 3 })).toEqual(["Updated ns/x"]);
    expect(say({ labels: {}, generation: 2, v: 3 })).toEqual(["Deleted ns/x"]);
  });

  test("a predicate compares an update with the one before it, whether that passed or not", () => {
    const changed = (fields: Readonly<Record<string, Json>>): KubeObject =>
      object("A", "x", { labels: {}, generation: 1, ...fields });
    const startWith = (predicate: Json): ((one: KubeObject) => string[]) => {
      const pipelines = start({ name: "s", sources: [{ ...(core("A") as object), predicate }], target: view("Out") });
      const [feed] = pipelines.feeds;
      return (one) => said(pipelines.apply([there(feed?.id ?? "", one)], now), "op/s");
    };
    const not = startWith({ Not: ["LabelChanged"] });
    expect(not(changed({ v: 1 }))).toEqual(["Added ns/x"]);
    expect(not(changed({ labels: { a: "1" }, v: 2 }))).toEqual([]);
    expect(not(changed({ labels: { a: "1" }, v: 2 }))).toEqual([]);
    expect(not(changed({ labels: { a: "1" }, v: 3 }))).toEqual(["Updated ns/x"]);
    const both = startWith({ And: ["LabelChanged", "GenerationChanged"] });
    expect(both(changed({}))).toEqual(["Added ns/x"]);
    expect(both(changed({ labels: { a: "1" } }))).toEqual([]);
    expect(both(changed({ labels: { a: "1" }, generation: 2 }))).toEqual([]);
    expect(both(changed({ labels: {}, generation: 3 }))).toEqual(["Updated ns/x"]);
  });

  test("what a predicate compares with is known still when the controllers change", () => {
    const source = { ...(core("A") as object), predicate: { Not: ["LabelChanged"] } };
    const controller = { name: "s", sources: [source], target: view("Out") };
    const pipelines = start(controller);
    const feed = pipelines.feeds[0]?.id ?? "";
    const say = (fields: Readonly<Record<string, Json>>): string[] =>
      said(pipelines.apply([there(feed, object("A", "x", fields))], now), "op/s");
    say({ v: 1 });
    say({ labels: { a: "1" }, v: 2 });
    pipelines.setControllers(parseOperator("op", { controllers: [controller] }).controllers, now);
    expect(pipelines.rows("op/s").get("ns/x")).toMatchObject({ v: 1 });
    expect(say({ labels: { a: "1" }, v: 2 })).toEqual([]);
    expect(say({ labels: { a: "1" }, v: 3 })).toEqual(["Updated ns/x"]);
  });

  test("a relist takes away what it does not name", () => {
    const pipelines = start({ name: "i", sources: [core("A")], target: view("Out") });
    pipelines.apply([set("A", "x"), set("A", "y")], now);
    expect(said(pipelines.relist("core/v1/A", [object("A", "y"), object("A", "z")], now), "op/i")).toEqual([
      "Deleted ns/x",
      "Added ns/z",
    ]);
  });
});

describe("claims", () => {
  const pipelines = (): Pipelines =>
    start({
      name: "c",
      sources: [core("A")],
      pipeline: { "@project": { metadata: { name: "one" }, v: "$.v" } },
      target: view("Out"),
    });

  test("an object stays as long as one row claims it", () => {
    const of = pipelines();
    of.apply([set("A", "x", { v: 1 }), set("A", "y", { v: 1 })], now);
    expect(of.conflicts()).toEqual([]);
    expect(of.apply([end("A", "y")], now)).toEqual([]);
    expect(said(of.apply([set("A", "x", { v: 5 })], now), "op/c")).toEqual(["Updated one"]);
    expect(said(of.apply([end("A", "x")], now), "op/c")).toEqual(["Deleted one"]);
  });

  test("of different objects for one key the smallest is it, whatever came first, and the conflict is told", () => {
    for (const order of [
      ["x", "y"],
      ["y", "x"],
    ]) {
      const of = pipelines();
      for (const name of order) of.apply([set("A", name, { v: name === "x" ? 2 : 1 })], now);
      expect(of.rows("op/c").get("one")).toMatchObject({ v: 1 });
      expect(of.conflicts()).toEqual([
        { target: "op.view.dcontroller.io/v1alpha1/Out", key: "one", controllers: ["op/c"], fields: [] },
      ]);
    }
  });
});

describe("quarantine", () => {
  test("one poisonous object is left out and told, holds up no other, and heals", () => {
    const pipelines = start({
      name: "q",
      sources: [core("A")],
      pipeline: [{ "@select": { "@lt": ["$.v", 10] } }],
      target: view("Out"),
    });
    pipelines.apply([set("A", "x", { v: 1 })], now);
    const bad = pipelines.apply([set("A", "x", { v: "bad" }), set("A", "y", { v: 2 })], now);
    expect(said(bad, "op/q")).toEqual(["Deleted ns/x", "Added ns/y"]);
    expect(pipelines.faults()).toEqual([
      {
        controller: "op/q",
        at: "spec.controllers[0].pipeline[0].@select.@lt",
        code: "type",
        message: "@lt: a number expected, not a text",
        objects: [{ feed: "core/v1/A", key: "ns/x" }],
      },
    ]);
    expect(pipelines.faultCounts()).toEqual(new Map([["op/q", 1]]));
    expect(pipelines.stats().get("op/q")).toEqual([
      { at: "spec.controllers[0].pipeline[0].@select", operation: "@select", rowsIn: 3, rowsOut: 2, faults: 1 },
    ]);
    expect(said(pipelines.apply([set("A", "x", { v: 3 })], now), "op/q")).toEqual(["Added ns/x"]);
    expect(pipelines.faults()).toEqual([]);
  });

  test("in a join, the pairs of a poisonous object are left out; an object that gives one bad row gives none", () => {
    const join = { "@join": { "@lt": ["$.A.v", "$.B.v"] } };
    const project = {
      "@project": { metadata: { name: { "@concat": ["$.A.metadata.name", "-", "$.B.metadata.name"] } }, l: "$.A.l" },
    };
    const pipelines = start({
      name: "j",
      sources: [core("A"), core("B")],
      pipeline: [
        join,
        project,
        { "@unwind": "$.l" },
        { "@project": { metadata: "$.metadata", n: { "@add": ["$.l", 1] } } },
      ],
      target: view("Out"),
    });
    pipelines.apply(
      [
        set("A", "a", { v: 1, l: [1, 2] }),
        set("A", "bad", { v: "x", l: [1] }),
        set("A", "half", { v: 1, l: [1, "x"] }),
        set("B", "b", { v: 2 }),
      ],
      now,
    );
    expect([...pipelines.rows("op/j").keys()]).toEqual(["a-b-0", "a-b-1"]);
    expect(
      pipelines.faults().map(({ at, objects }) => [at.replace(/.*pipeline/, ""), objects.map(({ key }) => key)]),
    ).toEqual([
      ["[0].@join.@lt", ["ns/bad", "ns/b"]],
      ["[3].@project.n.@add", ["ns/half", "ns/b"]],
    ]);
    pipelines.apply([set("A", "bad", { v: 0, l: [1] }), end("A", "half")], now);
    expect([...pipelines.rows("op/j").keys()]).toEqual(["a-b-0", "a-b-1", "bad-b-0"]);
    expect(pipelines.faults()).toEqual([]);
  });

  test("an object without a name for the target is left out and told, with the member of its group that it came of", () => {
    const pipelines = start({
      name: "n",
      sources: [core("A")],
      pipeline: [{ "@gather": ["$.k", "$.v"] }, { "@project": { metadata: { name: "$.title" }, v: "$.v" } }],
      target: view("Out"),
    });
    pipelines.apply([set("A", "x", { k: 1, v: 1 }), set("A", "y", { k: 2, v: 1, title: "two" })], now);
    expect([...pipelines.rows("op/n").keys()]).toEqual(["two"]);
    expect(pipelines.faults()).toMatchObject([
      { code: "invalid-output", at: "spec.controllers[0].target", objects: [{ key: "ns/x" }] },
    ]);
  });

  test("an object whose key for a join cannot be computed is left out and told", () => {
    const pipelines = start({
      name: "k",
      sources: [core("A"), core("B")],
      pipeline: [
        { "@join": { "@eq": [{ "@concat": ["$.A.v", "!"] }, "$.B.v"] } },
        { "@project": { metadata: "$.A.metadata" } },
      ],
      target: view("Out"),
    });
    pipelines.apply([set("A", "a", { v: "x" }), set("A", "bad", { v: [] }), set("B", "b", { v: "x!" })], now);
    expect([...pipelines.rows("op/k").keys()]).toEqual(["ns/a"]);
    expect(pipelines.faults()).toMatchObject([{ objects: [{ key: "ns/bad" }] }]);
  });
});

describe("joins and gathers", () => {
  test("sources of one kind are told apart by as", () => {
    const pipelines = start({
      name: "self",
      sources: [
        { ...(core("A") as object), as: "Child" },
        { ...(core("A") as object), as: "Parent" },
      ],
      pipeline: [
        { "@join": { "@eq": ["$.Child.parent", "$.Parent.metadata.name"] } },
        { "@project": { metadata: "$.Child.metadata", of: "$.Parent.v" } },
      ],
      target: view("Out"),
    });
    expect(pipelines.feeds).toHaveLength(1);
    pipelines.apply([set("A", "x", { parent: "y", v: 1 }), set("A", "y", { v: 2 })], now);
    expect([...pipelines.rows("op/self").values()]).toMatchObject([{ metadata: { name: "x" }, of: 2 }]);
  });

  test("the row of a group is its first member's, whatever came first, and other groups don't move", () => {
    for (const names of [
      ["a", "b", "c"],
      ["c", "b", "a"],
    ]) {
      const pipelines = start({
        name: "g",
        sources: [core("A")],
        pipeline: [{ "@gather": ["$.k", "$.v"] }],
        target: view("Out"),
      });
      for (const name of names) pipelines.apply([set("A", name, { k: 1, v: name })], now);
      expect(pipelines.apply([set("A", "z", { k: 2, v: 1 })], now)).toHaveLength(1);
      expect(pipelines.rows("op/g").get("ns/a")).toMatchObject({ v: ["a", "b", "c"] });
    }
  });

  test("an event touches the rows that have to do with it, however many others there are", () => {
    const touched = [10, 200].map((count) => {
      const pipelines = pipelinesOf(fileOf("endpoints-gathered.yaml"));
      const all = Array.from({ length: count }, (_, index) => `s${index}`);
      pipelines.apply(
        all.flatMap((name) => [there(services, service(name, [80])), there(slices, slice(name, name, ["10.0.0.1"]))]),
        now,
      );
      const before = total(pipelines);
      pipelines.apply([there(slices, slice("s0", "s0", ["10.0.0.1", "10.0.0.2"]))], now);
      return total(pipelines) - before;
    });
    expect(touched[0]).toBe(touched[1]);
    expect(touched[0]).toBeLessThan(20);
  });
});

function total(pipelines: Pipelines): number {
  return [...pipelines.stats().values()].flat().reduce((sum, { rowsIn }) => sum + rowsIn, 0);
}

describe("sources", () => {
  test("a Secret's data comes as text; what is none stays as it is", () => {
    const pipelines = start({ name: "s", sources: [core("Secret")], target: view("Out") });
    const data = { a: "aMOpbGxv", b: "not base64!", c: "/w==", d: "" };
    pipelines.apply([set("Secret", "x", { data })], now);
    expect(pipelines.rows("op/s").get("ns/x")?.["data"]).toEqual({ a: "héllo", b: "not base64!", c: "/w==", d: "" });
  });

  test("a OneShot source is one object from the beginning, and a Periodic one is no input", () => {
    const pipelines = start({
      name: "o",
      sources: [
        { kind: "Once", type: "OneShot" },
        { kind: "Tick", type: "Periodic" },
      ],
      pipeline: [{ "@project": { metadata: { name: "made" }, at: "$.metadata.labels" } }],
      target: view("Out"),
    });
    expect(pipelines.feeds).toEqual([]);
    expect([...pipelines.rows("op/o").values()]).toMatchObject([{ at: { "dcontroller.io/last-triggered": now } }]);
  });

  test("two controllers that ask for the same share a feed, and a view of another operator is connected", () => {
    const made = parseOperator("one", { controllers: [{ name: "w", sources: [core("A")], target: view("V") }] });
    const read = parseOperator("two", {
      controllers: [
        { name: "r", sources: [{ apiGroup: "one.view.dcontroller.io", kind: "V" }], target: view("Out") },
        { name: "a", sources: [core("A")], target: view("Same") },
      ],
    });
    const pipelines = new Pipelines([...read.controllers, ...made.controllers], { now });
    expect(pipelines.feeds.map(({ id, readers }) => [id, readers.length])).toEqual([["core/v1/A", 2]]);
    const deltas = pipelines.apply([set("A", "x")], now);
    expect(said(deltas, "two/r")).toEqual(["Added ns/x"]);
    expect(pipelines.view("one.view.dcontroller.io", "V")?.get("ns/x")).toMatchObject({
      apiVersion: "one.view.dcontroller.io/v1alpha1",
      kind: "V",
    });
  });
});

describe("controllers together", () => {
  const chain = (name: string, from: Json, to: Json): Json => ({ name, sources: [from], target: to });

  test("a circle of views is told, and so is one through the cluster", () => {
    const pipelines = start(
      chain("a", view("X"), view("Y")),
      chain("b", view("Y"), view("X")),
      chain("self", view("Z"), view("Z")),
      chain("patch", core("Pod"), { ...(core("Pod") as object), type: "Patcher" }),
      chain("fine", core("Pod"), view("P")),
    );
    expect(pipelines.controllers).toHaveLength(5);
    expect(pipelines.cycles).toEqual([
      { through: "views", controllers: ["op/a", "op/b"] },
      { through: "views", controllers: ["op/self"] },
      { through: "cluster", controllers: ["op/patch"] },
    ]);
  });

  test("two writers of one target are told, with the fields that they disagree about", () => {
    const patch = (name: string, kind: string, spec: Json): Json => ({
      name,
      sources: [core(kind)],
      pipeline: { "@project": { metadata: { name: "$.metadata.name", namespace: "ns" }, spec } },
      target: { ...(core("Pod") as object), type: "Patcher" },
    });
    const pipelines = start(patch("a", "A", { x: "$.v", y: 1 }), patch("b", "B", { x: "$.v", z: 1 }));
    expect([...pipelines.shared]).toEqual([["core/*/Pod", ["op/a", "op/b"]]]);
    pipelines.apply([set("A", "p", { v: 1 }), set("B", "p", { v: 1 })], now);
    expect(pipelines.conflicts()).toEqual([]);
    pipelines.apply([set("B", "p", { v: 2 })], now);
    expect(pipelines.conflicts()).toEqual([
      { target: "core/*/Pod", key: "ns/p", controllers: ["op/a", "op/b"], fields: ["spec.x"] },
    ]);
  });

  test("a view of two writers holds what both give", () => {
    const pipelines = start(
      chain("a", core("A"), view("V")),
      chain("b", core("B"), view("V")),
      chain("r", view("V"), view("Out")),
    );
    pipelines.apply([set("A", "x", { v: 2 }), set("B", "y"), set("B", "x", { v: 1 })], now);
    expect([...pipelines.rows("op/r")].map(([key, { v }]) => [key, v])).toEqual([
      ["ns/x", 1],
      ["ns/y", undefined],
    ]);
    expect(said(pipelines.apply([end("B", "x")], now), "op/r")).toEqual(["Updated ns/x"]);
  });

  test("other controllers take over the objects that the ones before were fed", () => {
    const pipelines = start(chain("a", core("Secret"), view("V")));
    pipelines.apply([set("Secret", "x", { data: { a: "aGk=" } })], now);
    const { controllers } = parseOperator("op", {
      controllers: [chain("b", core("Secret"), view("V")), chain("c", core("B"), view("W"))],
    });
    expect([...pipelines.setControllers(controllers, now)]).toEqual(["op/b", "op/c"]);
    expect(pipelines.rows("op/b").get("ns/x")?.["data"]).toEqual({ a: "hi" });
  });
});

test("a trace follows an object through stages and views, and an explanation leads back to the objects", () => {
  const pipelines = pipelinesOf(fileOf("endpoints-gathered.yaml"));
  const poisonous = { ...slice("bad", "s", []), endpoints: "none" };
  pipelines.apply(
    [there(services, service("s", [80, 443])), there(slices, slice("a", "s", ["10.0.0.1"])), there(slices, poisonous)],
    now,
  );
  const traces = pipelines.trace(services, "default/s");
  expect(
    traces.map(({ controller, source, stages, target }) => [
      controller,
      source,
      stages.map(({ rows }) => rows.length),
      target.map(({ key }) => key),
    ]),
  ).toEqual([
    ["test/service-controller", "Service", [1, 1, 2, 2], ["default/s-TCP-80", "default/s-TCP-443"]],
    ["test/endpointslice-controller", "ServiceView", [2, 2, 1, 1, 1, 1, 1], ["default/s-TCP-80"]],
    ["test/endpointslice-controller", "ServiceView", [2, 2, 1, 1, 1, 1, 1], ["default/s-TCP-443"]],
  ]);
  expect(traces[0]?.target[0]?.object).toMatchObject({
    apiVersion: "test.view.dcontroller.io/v1alpha1",
    kind: "ServiceView",
  });
  expect(traces[1]?.stages[2]).toMatchObject({ operation: "@unwind", faults: [{ code: "type" }] });
  const why = JSON.stringify(pipelines.explain("test/endpointslice-controller", "default/s-TCP-80"));
  expect(why).toContain('"collection":"core/*/Service","key":"default/s"');
  expect(why).toContain('"collection":"discovery.k8s.io/*/EndpointSlice","key":"default/a"');
  expect(why).not.toContain('"key":"default/bad"');
});

test("what chance and time gave an object stays with it until it changes", () => {
  const pipelines = start({
    name: "t",
    sources: [core("A")],
    pipeline: {
      "@project": { metadata: { name: { "@concat": ["n-", { "@rnd": [0, 1000000] }] } }, t: "@now", v: "$.v" },
    },
    target: view("Out"),
  });
  const [added] = pipelines.apply([set("A", "x", { v: 1 })], "2026-01-01T00:00:00Z");
  expect(added).toMatchObject({ type: "Added", object: { t: "2026-01-01T00:00:00Z" } });
  pipelines.apply([set("A", "y", { v: 1 })], "2026-01-02T00:00:00Z");
  expect(pipelines.apply([end("A", "x")], "2026-01-03T00:00:00Z")).toEqual([{ ...added, type: "Deleted" }]);
});
