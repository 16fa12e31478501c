import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as delta from "@headgate/delta";
import { graph, sameValue } from "@headgate/delta";
import type { Change, Explanation, Key } from "@headgate/delta";
import { holds } from "../campaign.ts";
import { editsArb, emptyState, historyArb, inverse, play, record, rigOf, shown } from "../history.ts";
import { notOperators, operatorCases } from "../operators.ts";
import type { Row } from "../operators.ts";

const inKeyOrder = (changes: readonly Change<unknown>[]): Change<unknown>[] =>
  changes.toSorted((x, y) => (x.key < y.key ? -1 : 1));

test("every exported operator is listed, and inherits every law", () => {
  const exported = Object.entries(delta).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  const operators = exported.filter((name) => !notOperators.includes(name));
  expect([...new Set(operatorCases.map(({ operator }) => operator))].sort()).toEqual(operators.sort());
});

describe("L4: the order of the writes of a turn makes no difference", () => {
  test.each(operatorCases)("$name", (operator) => {
    const shuffled = editsArb.chain((edits) =>
      fc.tuple(fc.constant(edits), fc.shuffledSubarray(edits, { minLength: edits.length })),
    );
    holds(fc.tuple(historyArb, shuffled), 60, ([history, [edits, other]]) => {
      const [one, two] = [rigOf(operator), rigOf(operator)];
      for (const step of history) for (const rig of [one, two]) play(rig, step.edits, step.elapsed);
      for (const rig of [one, two]) rig.heard.length = 0;
      play(one, edits);
      play(two, other);
      expect(shown(one.output)).toEqual(shown(two.output));
      expect(inKeyOrder(one.heard.flat())).toEqual(inKeyOrder(two.heard.flat()));
    });
  });
});

describe("L5: a batch split into turns, in any way, gives the rows of the whole", () => {
  test.each(operatorCases)("$name", (operator) => {
    holds(fc.tuple(historyArb, editsArb, fc.nat(5)), 60, ([history, edits, cut]) => {
      const [whole, halves, single] = [rigOf(operator), rigOf(operator), rigOf(operator)];
      for (const step of history) for (const rig of [whole, halves, single]) play(rig, step.edits, step.elapsed);
      play(whole, edits);
      play(halves, edits.slice(0, cut));
      play(halves, edits.slice(cut));
      for (const edit of edits) play(single, [edit]);
      expect(shown(halves.output)).toEqual(shown(whole.output));
      expect(shown(single.output)).toEqual(shown(whole.output));
    });
  });
});

describe("L6: what is written and taken back leaves nothing behind", () => {
  test.each(operatorCases)("$name", (operator) => {
    holds(fc.tuple(historyArb, editsArb), 60, ([history, edits]) => {
      const rig = rigOf(operator);
      const state = emptyState();
      for (const step of history) {
        play(rig, step.edits, step.elapsed);
        record(state, step.edits);
      }
      const before = shown(rig.output);
      const turns = rig.heard.length;
      play(rig, [...edits, ...inverse(state, edits)]);
      expect(rig.heard).toHaveLength(turns);
      play(rig, edits);
      play(rig, inverse(state, edits));
      expect(shown(rig.output)).toEqual(before);
    });
  });
});

describe("L7: a turn tells each key at most once, from what the row was to what it is, and never between same rows", () => {
  test.each(operatorCases)("$name", (operator) => {
    holds(historyArb, 100, (history) => {
      const rig = rigOf(operator);
      let before = new Map<Key, unknown>();
      for (const { elapsed, edits } of history) {
        rig.heard.length = 0;
        play(rig, edits, elapsed);
        expect(rig.heard.length).toBeLessThanOrEqual(1);
        const changes = rig.heard.flat();
        expect(new Set(changes.map(({ key }) => key)).size).toBe(changes.length);
        for (const change of changes) {
          expect(change.before).toBe(before.get(change.key));
          expect(change.after).toBe(rig.output.get(change.key));
          expect(sameValue(change.before, change.after)).toBe(false);
        }
        before = new Map(rig.output.entries());
      }
    });
  });
});

describe("L8: keys are unique, and size counts them", () => {
  test.each(operatorCases)("$name", (operator) => {
    holds(historyArb, 60, (history) => {
      const rig = rigOf(operator);
      for (const { elapsed, edits } of history) {
        play(rig, edits, elapsed);
        const keys = [...rig.output.entries()].map(([key]) => key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(rig.output.size).toBe(keys.length);
      }
    });
  });
});

/** The input rows at the bottom of an explanation. */
function leaves(explanation: Explanation): Explanation[] {
  if (explanation.because.length > 0) return explanation.because.flatMap(leaves);
  expect(["a", "b"]).toContain(explanation.collection);
  return [explanation];
}

describe("L9: an explanation holds the input rows that give the row, and no others", () => {
  test.each(operatorCases)("$name", (operator) => {
    const recomputed = (inputs: readonly Explanation[], now: number): ReadonlyMap<Key, unknown> => {
      const rows = (name: string): Map<Key, Row> =>
        new Map(inputs.filter(({ collection }) => collection === name).map(({ key, row }) => [key, row as Row]));
      return operator.recompute(rows("a"), rows("b"), now);
    };
    holds(historyArb, 60, (history) => {
      const rig = rigOf(operator);
      for (const { elapsed, edits } of history) play(rig, edits, elapsed);
      for (const [key, row] of rig.output.entries()) {
        const explanation = rig.graph.explain(rig.output, key)!;
        expect(explanation).toMatchObject({ collection: rig.output.name, key });
        expect(explanation.row).toBe(row);
        const because = leaves(explanation);
        expect(recomputed(because, rig.graph.now).get(key)).toEqual(row);
        if (!operator.explainsNoMore) continue;
        for (const leaf of because) {
          const without = because.filter(({ collection, key }) => collection !== leaf.collection || key !== leaf.key);
          expect(sameValue(recomputed(without, rig.graph.now).get(key), row)).toBe(false);
        }
      }
      expect(rig.graph.explain(rig.output, "no such row")).toBeUndefined();
    });
  });
});

describe("L10: when a user function throws, the turn has not been, and the next one is right", () => {
  test.each(operatorCases)("$name", (operator) => {
    let fuse = Infinity;
    const probe = <T>(value: T): T => {
      if (--fuse < 0) throw new Error("a bug");
      return value;
    };
    holds(
      fc.tuple(historyArb, fc.infiniteStream(fc.nat(12)), fc.infiniteStream(fc.boolean())),
      150,
      ([history, fuses, retries]) => {
        fuse = Infinity;
        const rig = rigOf(operator, probe);
        // A stage of its own downstream, so that the operator has run when this one fails.
        delta.map(rig.output, { name: "downstream", row: probe });
        const state = emptyState();
        for (const { elapsed, edits } of history) {
          const [before, size, now, heard] = [shown(rig.output), rig.output.size, rig.graph.now, rig.heard.length];
          fuse = fuses.next().value as number;
          let failed = false;
          try {
            play(rig, edits, elapsed);
          } catch (error) {
            failed = true;
            expect(String(error)).toMatch(/operator ".*" failed: a bug/);
          }
          fuse = Infinity;
          if (failed) {
            expect(shown(rig.output)).toEqual(before);
            expect([rig.output.size, rig.graph.now, rig.heard.length]).toEqual([size, now, heard]);
            // Half the time the turn is made again, half the time history goes on without it.
            if (retries.next().value as boolean) play(rig, edits, elapsed);
            else continue;
          }
          record(state, edits);
          const expected = shown(operator.recompute(state.a, state.b, rig.graph.now));
          expect(shown(rig.output)).toEqual(expected);
          expect(shown(rig.mirror)).toEqual(expected);
        }
      },
    );
  });
});

describe("L11: nextWake is the first instant at which time alone changes a row", () => {
  test.each(operatorCases)("$name", (operator) => {
    holds(historyArb, 60, (history) => {
      const rig = rigOf(operator);
      const state = emptyState();
      for (const { elapsed, edits } of history) {
        play(rig, edits, elapsed);
        record(state, edits);
      }
      for (let wake = rig.graph.nextWake(); wake !== undefined; wake = rig.graph.nextWake()) {
        expect(wake).toBeGreaterThan(rig.graph.now);
        const turns = rig.heard.length;
        rig.graph.turn(() => undefined, wake - 0.5);
        expect(rig.heard).toHaveLength(turns);
        rig.graph.turn(() => undefined, wake);
        expect(rig.heard).toHaveLength(turns + 1);
      }
      const rows = shown(rig.output);
      expect(rows).toEqual(shown(operator.recompute(state.a, state.b, rig.graph.now)));
      expect(rows).toEqual(shown(operator.recompute(state.a, state.b, 1e9)));
    });
  });
});

test("the laws are checked on an engine that has rows at all", () => {
  const g = graph();
  expect(g.input<Row>({ name: "a" }).size).toBe(0);
  for (const operator of operatorCases) {
    const rig = rigOf(operator);
    const row: Row = { g: "g", n: 2, at: 12 };
    play(rig, [{ input: "a", key: "a", row }]);
    if (rig.output.size === 0) play(rig, [{ input: "b", key: "b", row }]);
    expect(rig.heard.length, operator.name).toBeGreaterThan(0);
  }
});
