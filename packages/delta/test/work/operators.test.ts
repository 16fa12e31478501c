import { describe, expect, test } from "vitest";
import type { Edit } from "../history.ts";
import { play, rigOf } from "../history.ts";
import { operatorCases } from "../operators.ts";
import type { OperatorCase, Row } from "../operators.ts";

const touchedBy: readonly [string, Edit[]][] = [
  ["an update on the left", [{ input: "a", key: "x", row: { g: "x", n: 3, at: 1e6 } }]],
  ["an update on the right", [{ input: "b", key: "x", row: { g: "x", n: 3, at: 1e6 } }]],
  [
    "a deletion",
    [
      { input: "a", key: "x", row: undefined },
      { input: "b", key: "x", row: undefined },
    ],
  ],
  ["a move to another group", [{ input: "a", key: "x", row: { g: "y", n: 2, at: 1e6 } }]],
  ["nothing", []],
];

/** Rows touched (as counted by the engine) and user functions called (as counted here) by each small turn. */
function costs(operator: OperatorCase, unrelated: number): unknown {
  let calls = 0;
  const rig = rigOf(operator, (value) => {
    calls++;
    return value;
  });
  const row = (g: string): Row => ({ g, n: 2, at: 1e6 });
  const load = Array.from({ length: unrelated }, (_, i): Edit[] => [
    { input: "a", key: `k${i}`, row: row(`g${i}`) },
    { input: "b", key: `k${i}`, row: row(`g${i}`) },
  ]);
  play(rig, [...load.flat(), { input: "a", key: "x", row: row("x") }, { input: "b", key: "x", row: row("x") }]);
  return touchedBy.map(([what, edits]) => {
    const total = (): number => [...rig.graph.work().values()].reduce((sum, n) => sum + n, 0);
    const [touchedBefore, callsBefore] = [total(), calls];
    play(rig, edits, 1);
    return { what, touched: total() - touchedBefore, calls: calls - callsBefore };
  });
}

describe("L12: the work of a turn does not grow with rows that have nothing to do with it", () => {
  test.each(operatorCases)("$name", (operator) => {
    const few = costs(operator, 10);
    expect(costs(operator, 1000)).toEqual(few);
    expect(few).toContainEqual({ what: "nothing", touched: 0, calls: 0 });
  });

  test.each(["semiJoin", "antiJoin"])("%s looks at no left row when the answer for its join key stays", (name) => {
    const rig = rigOf(operatorCases.find((operator) => operator.name === name)!);
    const row: Row = { g: "g", n: 1, at: 1 };
    const lefts = Array.from({ length: 100 }, (_, i): Edit => ({ input: "a", key: `l${i}`, row }));
    play(rig, [...lefts, { input: "b", key: "first", row }]);
    const before = rig.graph.work().get(name)!;
    play(rig, [{ input: "b", key: "second", row }]);
    play(rig, [{ input: "b", key: "first", row: undefined }]);
    expect(rig.graph.work().get(name)! - before).toBe(2);
    play(rig, [{ input: "b", key: "second", row: undefined }]);
    expect(rig.graph.work().get(name)! - before).toBe(103);
  });

  test.each(operatorCases)("$name counts its work", (operator) => {
    const rig = rigOf(operator);
    play(rig, [{ input: "a", key: "x", row: { g: "x", n: 2, at: 1 } }]);
    expect(rig.graph.work().get(rig.output.name)).toBeGreaterThan(0);
  });
});
