/** Controllers that feed each other through views: chains through one view, recursion, and what never comes to rest. */
import type { Json, KubeObject } from "@headgate/api";
import { parseOperator, Pipelines } from "@headgate/pipeline";
import type { FeedEvent } from "@headgate/pipeline";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { gone, now, there } from "./objects.ts";

const group = "op.view.dcontroller.io";
const native = (kind: string): Json => ({ apiGroup: "", version: "v1", kind });

function start(controllers: readonly Json[], random?: () => number): Pipelines {
  const parsed = parseOperator("op", { controllers });
  expect(parsed.faulty).toEqual([]);
  return new Pipelines(parsed.controllers, { now, ...(random === undefined ? {} : { random }) });
}

function of(kind: string, name: string, fields: Readonly<Record<string, Json>> = {}): KubeObject {
  const { labels, ...rest } = fields;
  const metadata = { name, namespace: "ns", ...(labels === undefined ? {} : { labels: labels as object }) };
  return { apiVersion: "v1", kind, metadata, ...rest } as KubeObject;
}
const set = (kind: string, name: string, fields: Readonly<Record<string, Json>> = {}): FeedEvent =>
  there(`core/v1/${kind}`, of(kind, name, fields));
const end = (kind: string, name: string): FeedEvent => gone(`core/v1/${kind}`, `ns/${name}`);

function view(pipelines: Pipelines, kind: string): Map<string, Json> {
  const rows = [...(pipelines.view(group, kind)?.entries() ?? [])];
  return new Map(rows.map(([key, row]) => [key, row] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}
const names = (pipelines: Pipelines, kind: string): string[] => [...view(pipelines, kind).keys()];

const length = 25;
const feeder = { name: "feed", sources: [native("A")], target: { kind: "V" } };

/** Each stage takes the objects of one state, and makes them those of the next. */
const rewriting = Array.from({ length }, (_, index) => ({
  name: `ctrl-${index + 1}`,
  sources: [{ kind: "V", labelSelector: { matchLabels: { state: `ctrl-${index + 1}` } } }],
  pipeline: [
    {
      "@project": [{ "$.": "$." }, { metadata: { labels: { state: `ctrl-${Math.min(index + 2, length)}` } } }],
    },
  ],
  target: { kind: "V" },
}));

/** The same with objects of their own: `x`, `x-1`, `x-1-2`, … */
const extending = Array.from({ length }, (_, index) => ({
  name: `ctrl-${index}`,
  sources: [{ kind: "V" }],
  pipeline: [
    { "@select": { "@eq": ["$.stage", index] } },
    {
      "@project": {
        metadata: { namespace: "ns", name: { "@concat": ["$.metadata.name", "-", index + 1] } },
        stage: index + 1,
        data: "$.data",
      },
    },
  ],
  target: { kind: "V" },
}));

describe("a chain of 25 controllers through one view", () => {
  test("brings an object that each of them rewrites to its last state, follows its changes, and ends with it", () => {
    const pipelines = start(rewriting);
    const [feed] = pipelines.feeds;
    const object = (data: string): KubeObject => ({
      ...of("V", "x", { labels: { state: "ctrl-1" }, data }),
      apiVersion: `${group}/v1alpha1`,
    });
    const state = (): unknown => view(pipelines, "V").get("ns/x");
    for (const data of ["initial-value", "another-value"]) {
      pipelines.apply([there(feed?.id ?? "", object(data))], now);
      expect(state()).toMatchObject({ data, metadata: { labels: { state: "ctrl-25" } } });
    }
    expect([pipelines.faults(), pipelines.conflicts()]).toEqual([[], []]);
    pipelines.apply([gone(feed?.id ?? "", "ns/x")], now);
    expect(names(pipelines, "V")).toEqual([]);
    expect(rewriting.flatMap(({ name }) => [...pipelines.rows(`op/${name}`)])).toEqual([]);
  });

  test("makes an object at each stage, in whatever order they are written, and takes all of them back", () => {
    for (const stages of [extending, extending.toReversed()]) {
      const pipelines = start([feeder, ...stages]);
      pipelines.apply([set("A", "x", { stage: 0, data: 1 }), set("A", "late", { stage: 23, data: 2 })], now);
      expect(names(pipelines, "V")).toHaveLength(26 + 3);
      pipelines.apply([set("A", "x", { stage: 0, data: 3 })], now);
      expect([...view(pipelines, "V").values()].filter((row) => (row as { data: number }).data === 3)).toHaveLength(26);
      pipelines.apply([set("A", "x", { stage: 20, data: 3 })], now);
      expect(names(pipelines, "V")).toHaveLength(6 + 3);
      pipelines.apply([end("A", "x")], now);
      expect(names(pipelines, "V")).toEqual(["ns/late", "ns/late-24", "ns/late-24-25"]);
    }
  });

  test("touches the rows of the object that changed, however many others there are", () => {
    const touched = [5, 50].map((count) => {
      const pipelines = start([feeder, ...extending]);
      pipelines.apply(
        Array.from({ length: count }, (_, index) => set("A", `o${index}`, { stage: 0 })),
        now,
      );
      const before = total(pipelines);
      pipelines.apply([set("A", "o1", { stage: 0, data: 1 })], now);
      return total(pipelines) - before;
    });
    expect(touched[0]).toBe(touched[1]);
    // Each of 26 objects is looked at by each of 25 stages, and the first 25 are projected.
    expect(touched[0]).toBeLessThanOrEqual(26 * 25 + 25);
  });

  test("shows those who follow the view what it came to, once for each event", () => {
    const pipelines = start([feeder, ...rewriting]);
    const heard: string[] = [];
    pipelines.view(group, "V")?.subscribe((changes) => {
      for (const { key, before, after } of changes) heard.push(`${key} ${stateOf(before)} → ${stateOf(after)}`);
    });
    const deltas = pipelines.apply([set("A", "x", { labels: { state: "ctrl-1" } })], now);
    expect(deltas).toHaveLength(26);
    pipelines.apply([set("A", "x", { labels: { state: "ctrl-24" } })], now);
    pipelines.apply([set("A", "x", { labels: { state: "none" } })], now);
    expect(heard).toEqual(["ns/x undefined → ctrl-25", "ns/x ctrl-25 → none"]);
  });
});

function stateOf(row: unknown): string {
  return String((row as { metadata?: { labels?: { state?: string } } } | undefined)?.metadata?.labels?.state);
}

function total(pipelines: Pipelines): number {
  return [...pipelines.stats().values()].flat().reduce((sum, { rowsIn }) => sum + rowsIn, 0);
}

/** What can be reached from the roots along edges. */
const reach = [
  {
    name: "roots",
    sources: [native("Root")],
    pipeline: { "@project": { metadata: { namespace: "ns", name: "$.metadata.name" } } },
    target: { kind: "Reach" },
  },
  {
    name: "step",
    sources: [{ kind: "Reach" }, native("Edge")],
    pipeline: [
      { "@join": { "@eq": ["$.Reach.metadata.name", "$.Edge.from"] } },
      { "@project": { metadata: { namespace: "ns", name: "$.Edge.to" } } },
    ],
    target: { kind: "Reach" },
  },
];

describe("recursion", () => {
  test("objects that hold up only each other go when what they came from goes", () => {
    const pipelines = start(reach);
    const edge = (from: string, to: string): FeedEvent => set("Edge", `${from}${to}`, { from, to });
    pipelines.apply([set("Root", "a"), edge("a", "b"), edge("b", "c"), edge("c", "b"), edge("c", "a")], now);
    expect(names(pipelines, "Reach")).toEqual(["ns/a", "ns/b", "ns/c"]);
    pipelines.apply([end("Edge", "ab")], now);
    expect(names(pipelines, "Reach")).toEqual(["ns/a"]);
    pipelines.apply([set("Root", "c")], now);
    expect(names(pipelines, "Reach")).toEqual(["ns/a", "ns/b", "ns/c"]);
    pipelines.apply([end("Root", "c")], now);
    expect(names(pipelines, "Reach")).toEqual(["ns/a"]);
    pipelines.apply([end("Root", "a")], now);
    expect(names(pipelines, "Reach")).toEqual([]);
    expect(pipelines.conflicts()).toEqual([]);
  });

  test("a group that counts what it makes itself goes when all others of it do", () => {
    const sum = {
      name: "sum",
      sources: [{ kind: "V" }],
      pipeline: [
        { "@gather": ["$.metadata.namespace", "$.n"] },
        { "@project": { metadata: { namespace: "ns", name: "sum" }, n: { "@sum": "$.n" } } },
      ],
      target: { kind: "V" },
    };
    const pipelines = start([feeder, sum]);
    pipelines.apply([set("A", "a", { n: 0 }), set("A", "b", { n: 0 })], now);
    expect(names(pipelines, "V")).toEqual(["ns/a", "ns/b", "ns/sum"]);
    pipelines.apply([end("A", "a")], now);
    expect(names(pipelines, "V")).toEqual(["ns/b", "ns/sum"]);
    pipelines.apply([end("A", "b")], now);
    expect(names(pipelines, "V")).toEqual([]);
  });

  test("after every turn of any history, what is reached is what a search from the beginning reaches", () => {
    const node = fc.constantFrom("a", "b", "c", "d", "e");
    const change = fc.record({ root: fc.boolean(), from: node, to: node, there: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 15 }), (turns) => {
        const pipelines = start(reach);
        const roots = new Set<string>();
        const edges = new Map<string, readonly [string, string]>();
        for (const turn of turns) {
          const events = turn.map(({ root, from, to, there: is }): FeedEvent => {
            const name = root ? from : `${from}${to}`;
            if (root && is) roots.add(from);
            else if (root) roots.delete(from);
            else if (is) edges.set(name, [from, to]);
            else edges.delete(name);
            const kind = root ? "Root" : "Edge";
            return is ? set(kind, name, root ? {} : { from, to }) : end(kind, name);
          });
          pipelines.apply(events, now);
          const reached = new Set(roots);
          for (const one of reached) for (const [from, to] of edges.values()) if (from === one) reached.add(to);
          expect(names(pipelines, "Reach")).toEqual([...reached].map((name) => `ns/${name}`).sort());
        }
      }),
      seeded(200),
    );
  });

  test("an explanation leads through the circle to the objects, and a trace follows one around", () => {
    const pipelines = start(reach);
    pipelines.apply(
      [set("Root", "a"), set("Edge", "ab", { from: "a", to: "b" }), set("Edge", "ba", { from: "b", to: "a" })],
      now,
    );
    const why = JSON.stringify(pipelines.explain("op/step", "ns/b"));
    expect(why).toContain('"collection":"core/v1/Root","key":"ns/a"');
    expect(why).toContain('"collection":"core/v1/Edge","key":"ns/ab"');
    expect(
      pipelines.trace("core/v1/Root", "ns/a").map(({ controller, target }) => [controller, target[0]?.key]),
    ).toEqual([
      ["op/roots", "ns/a"],
      ["op/step", "ns/b"],
      ["op/step", "ns/a"],
    ]);
  });
});

test("each grade is given the average of its class, which is computed from the grades", () => {
  const pipelines = start([
    { name: "feed", sources: [native("Grade")], target: { kind: "Grade" } },
    {
      name: "average",
      sources: [{ kind: "Grade" }],
      pipeline: [
        { "@gather": ["$.class", "$.grade"] },
        {
          "@project": {
            metadata: { namespace: "ns", name: "$.class" },
            average: { "@div": [{ "@sum": "$.grade" }, { "@len": "$.grade" }] },
          },
        },
      ],
      target: { kind: "Average" },
    },
    {
      name: "fill",
      sources: [{ kind: "Grade" }, { kind: "Average" }],
      pipeline: [
        { "@join": { "@eq": ["$.Grade.class", "$.Average.metadata.name"] } },
        { "@project": [{ "$.": "$.Grade" }, { average: "$.Average.average" }] },
      ],
      target: { kind: "Grade" },
    },
  ]);
  const grades = [
    ["math", 95, 95],
    ["math", 83, 89],
    ["math", 95, 91],
    ["math", 97, 92.5],
    ["art", 90, 90],
    ["art", 96, 93],
    ["art", 88.5, 91.5],
    ["art", 95.5, 92.5],
  ] as const;
  for (const [index, [of_, grade, average]] of grades.entries()) {
    pipelines.apply([set("Grade", `g${index}`, { class: of_, grade })], now);
    expect(view(pipelines, "Grade").get(`ns/g${index}`)).toMatchObject({ class: of_, grade, average });
    expect(view(pipelines, "Grade").get("ns/g0")).toMatchObject({
      grade: 95,
      average: grades[Math.min(index, 3)]?.[2],
    });
  }
  expect([pipelines.faults(), pipelines.conflicts()]).toEqual([[], []]);
  pipelines.apply([end("Grade", "g0")], now);
  expect(names(pipelines, "Grade")).toHaveLength(7);
  expect(view(pipelines, "Grade").get("ns/g1")).toMatchObject({ average: 275 / 3 });
});

describe("what never comes to rest", () => {
  /** Makes `x-0`, `x-0-0`, … of every object that is to grow. */
  const growing = (through: string, back: string): Json[] =>
    [
      [through, back, "up"],
      [back, through, "down"],
    ].map(([from = "", to = "", name = ""]) => ({
      name,
      sources: [{ kind: from }],
      pipeline: [
        { "@select": { "@definedOr": ["$.grow", false] } },
        {
          "@project": {
            metadata: { namespace: "ns", name: { "@concat": ["$.metadata.name", "-0"] } },
            grow: "$.grow",
          },
        },
      ],
      target: { kind: to },
    }));

  test("the object that it comes from is left out and told, with the path; the others stay, and it heals", () => {
    const pipelines = start([feeder, ...growing("V", "W")]);
    pipelines.apply([set("A", "still", { grow: false })], now);
    pipelines.apply([set("A", "x", { grow: true }), set("A", "other")], now);
    expect(names(pipelines, "V")).toEqual(["ns/other", "ns/still", "ns/x"]);
    expect(names(pipelines, "W")).toEqual([]);
    const path = "(op/up → op/down → op/up): ns/x, ns/x-0, ns/x-0-0, ns/x-0-0-0, …";
    expect(pipelines.faults().map(({ controller, code, objects }) => [controller, code, objects])).toEqual([
      ["op/up", "unsettled", [{ feed: "core/v1/A", key: "ns/x" }]],
      ["op/down", "unsettled", [{ feed: "core/v1/A", key: "ns/x" }]],
    ]);
    expect(pipelines.faults()[0]?.message).toMatch(/^what controllers make of it comes back to them without an end /);
    expect(pipelines.faults()[0]?.message.replace("op/down → op/up → op/down", "op/up → op/down → op/up")).toContain(
      path,
    );
    expect([...pipelines.faultCounts()]).toEqual([
      ["op/up", 1],
      ["op/down", 1],
    ]);
    pipelines.apply([set("A", "another")], now);
    expect(pipelines.faults()).toHaveLength(2);
    expect(names(pipelines, "V")).toHaveLength(4);
    pipelines.apply([set("A", "x", { grow: false })], now);
    expect(pipelines.faults()).toEqual([]);
    expect(names(pipelines, "V")).toHaveLength(4);
  });

  test("an object of many whose sum comes back into it takes all that go into the sum with it, and no other", () => {
    const pipelines = start([
      feeder,
      {
        name: "sum",
        sources: [{ kind: "V" }],
        pipeline: [
          { "@gather": ["$.of", "$.n"] },
          { "@project": { metadata: { namespace: "ns", name: "$.of" }, of: "$.of", n: { "@sum": "$.n" } } },
        ],
        target: { kind: "V" },
      },
    ]);
    pipelines.apply([set("A", "a", { of: "s", n: 1 }), set("A", "b", { of: "s", n: 2 }), set("A", "c", { n: 5 })], now);
    expect(pipelines.faults()).toMatchObject([{ controller: "op/sum", code: "unsettled" }, {}]);
    expect(names(pipelines, "V")).toEqual(["ns/a", "ns/b", "ns/c"]);
    pipelines.apply([set("A", "a", { n: 1 }), set("A", "b", { n: 2 })], now);
    expect(pipelines.faults()).toEqual([]);
  });

  test("what doubles each round is cut off before it is too much", () => {
    const twice = (name: string, by: string): Json => ({
      name,
      sources: [{ kind: "V" }],
      pipeline: { "@project": { metadata: { namespace: "ns", name: { "@concat": ["$.metadata.name", by] } } } },
      target: { kind: "V" },
    });
    const pipelines = start([feeder, twice("x", "x"), twice("y", "y")]);
    pipelines.apply([set("A", "a"), set("A", "b")], now);
    expect(names(pipelines, "V")).toEqual(["ns/a", "ns/b"]);
    expect(pipelines.faults()).toMatchObject([{ code: "unsettled" }, { code: "unsettled" }]);
    expect(total(pipelines)).toBeLessThan(20_000);
  });

  test("a value that goes back and forth between two views is told", () => {
    const flip = (name: string, from: string, to: string, v: Json): Json => ({
      name,
      sources: [{ kind: from }],
      pipeline: { "@project": { metadata: "$.metadata", v } },
      target: { kind: to },
    });
    const pipelines = start([
      flip("back", "W", "V", "$.v"),
      flip("forth", "V", "W", { "@not": "$.v" }),
      { ...feeder, pipeline: { "@project": { metadata: "$.metadata", v: true } } },
    ]);
    pipelines.apply([set("A", "x")], now);
    expect(pipelines.faults()).toMatchObject([
      { controller: "op/back", code: "unsettled", objects: [{ key: "ns/x" }] },
      { controller: "op/forth", code: "unsettled", objects: [{ key: "ns/x" }] },
    ]);
    expect(pipelines.faults()[0]?.message).toContain("(op/back → op/forth → op/back): ns/x, …");
    pipelines.apply([end("A", "x")], now);
    expect([names(pipelines, "V"), pipelines.faults()]).toEqual([[], []]);
  });
});

test("a bug in a later round takes back the whole event", () => {
  let draws = 0;
  const pipelines = start(
    [
      feeder,
      ...extending.map((one) => ({
        ...one,
        pipeline: [...one.pipeline, { "@project": [{ "$.": "$." }, { drawn: { "@rnd": [0, 10] } }] }],
      })),
    ],
    () => {
      draws += 1;
      if (draws === 40) throw new Error("no more chance");
      return 0.5;
    },
  );
  pipelines.apply([set("A", "x", { stage: 0 })], now);
  const before = view(pipelines, "V");
  expect(() => pipelines.apply([set("A", "y", { stage: 0 }), end("A", "x")], now)).toThrow("no more chance");
  expect(view(pipelines, "V")).toEqual(before);
  pipelines.apply([set("A", "y", { stage: 0 })], now);
  expect(names(pipelines, "V")).toHaveLength(52);
});
