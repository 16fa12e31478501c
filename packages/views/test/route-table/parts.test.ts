import { covers, intersect, stamp } from "@headgate/views/route-table";
import { expect, test } from "vitest";
import { parseDuration } from "../../src/route-table/duration.ts";
import { selects } from "../../src/route-table/parse-gateway.ts";

test.each([
  ["a.test", "a.test", "a.test"],
  ["a.test", "b.test", undefined],
  ["*", "a.test", "a.test"],
  ["*", "*.test", "*.test"],
  ["*", "*", "*"],
  ["*.test", "a.test", "a.test"],
  ["*.test", "b.a.test", "b.a.test"],
  ["*.test", "test", undefined],
  ["*.test", "*.a.test", "*.a.test"],
  ["*.test", "*.test", "*.test"],
  ["*.atest", "*.test", undefined],
  ["*.a.test", "*.b.test", undefined],
])("%s and %s have %s in common, either way round", (a, b, common) => {
  expect(intersect(a, b)).toBe(common);
  expect(intersect(b, a)).toBe(common);
});

test("a wildcard covers one label or more, and never the bare suffix", () => {
  expect(["a.test", "b.a.test", "test", ".test", "atest"].filter((host) => covers("*.test", host))).toEqual([
    "a.test",
    "b.a.test",
  ]);
});

test.each([
  ["0s", 0],
  ["10s", 10_000],
  ["1h30m", 5_400_000],
  ["500ms", 500],
  ["1m500ms", 60_500],
  ["1", undefined],
  ["", undefined],
  ["-1s", undefined],
  ["1.5s", undefined],
  ["1d", undefined],
  ["1h1h1h1h1h", undefined],
])("the duration %s is %s milliseconds", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test("a selector asks for labels and expressions, and an unknown operator takes nothing", () => {
  const selector = (operator: string, values: string[] = []) => ({
    labels: {},
    expressions: [{ key: "k", operator, values }],
  });
  const labelled = [{ k: "v" }, { k: "w" }, {}];
  const taken = (s: Parameters<typeof selects>[0]) => labelled.map((labels) => selects(s, labels));
  expect(taken({ labels: { k: "v" }, expressions: [] })).toEqual([true, false, false]);
  expect(taken(selector("In", ["v"]))).toEqual([true, false, false]);
  expect(taken(selector("NotIn", ["v"]))).toEqual([false, true, true]);
  expect(taken(selector("Exists"))).toEqual([true, true, false]);
  expect(taken(selector("DoesNotExist"))).toEqual([false, false, true]);
  expect(taken(selector("Gt", ["1"]))).toEqual([false, false, false]);
});

test("stamping fills in the time where it is missing, and nowhere else", () => {
  const row = {
    controller: "route-table",
    target: { apiVersion: "v1", kind: "X", name: "x" },
    resourceVersion: "1",
    status: {
      conditions: [{ type: "A" }, { type: "B", lastTransitionTime: "then" }],
      listeners: [{ name: "l", conditions: [{ type: "C" }] }],
    },
  };
  expect(stamp(row, "now").status).toEqual({
    conditions: [
      { type: "A", lastTransitionTime: "now" },
      { type: "B", lastTransitionTime: "then" },
    ],
    listeners: [{ name: "l", conditions: [{ type: "C", lastTransitionTime: "now" }] }],
  });
});
