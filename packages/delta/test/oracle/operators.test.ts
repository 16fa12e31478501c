import { describe, expect, test } from "vitest";
import { holds } from "../campaign.ts";
import { crowdArb, emptyState, historyArb, play, record, rigOf, shown } from "../history.ts";
import type { Step } from "../history.ts";
import { operatorCases } from "../operators.ts";
import type { OperatorCase } from "../operators.ts";

function followsTheOracle(operator: OperatorCase, history: readonly Step[]): void {
  const rig = rigOf(operator);
  const state = emptyState();
  for (const { elapsed, edits } of history) {
    play(rig, edits, elapsed);
    record(state, edits);
    const expected = shown(operator.recompute(state.a, state.b, rig.graph.now));
    expect(shown(rig.output)).toEqual(expected);
    expect(rig.output.size).toBe(expected.length);
    for (const [key, row] of expected) expect(rig.output.get(key)).toEqual(row);
    expect(shown(rig.mirror)).toEqual(expected);
  }
}

describe("L1: after every turn, the rows are those recomputed from scratch", () => {
  test.each(operatorCases)("$name, small turns", (operator) => {
    holds(historyArb, 150, (history) => {
      followsTheOracle(operator, history);
    });
  });

  test.each(operatorCases)("$name, large turns", (operator) => {
    holds(crowdArb, 10, (history) => {
      followsTheOracle(operator, history);
    });
  });
});

describe("L2: an operator added late has the rows of one that was there from the start", () => {
  test.each(operatorCases)("$name", (operator) => {
    holds(historyArb, 60, (history) => {
      const rig = rigOf(operator);
      const half = Math.floor(history.length / 2);
      for (const { elapsed, edits } of history.slice(0, half)) play(rig, edits, elapsed);
      const late = operator.build(rig.a, rig.b, (value) => value);
      expect(shown(late)).toEqual(shown(rig.output));
      expect(late.size).toBe(rig.output.size);
      for (const { elapsed, edits } of history.slice(half)) play(rig, edits, elapsed);
      expect(shown(late)).toEqual(shown(rig.output));
    });
  });
});
