import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { map } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { holds } from "../campaign.ts";
import { emptyRig, emptyState, historyArb, noProbe, play, record, shown } from "../history.ts";
import { operatorCases } from "../operators.ts";
import type { Row, Rows } from "../operators.ts";

/** Any row as a row that the next operator takes, so that operators can be put together at random. */
function asRow(value: unknown): Row {
  let hash = 7;
  for (const char of JSON.stringify(value)) hash = (hash * 31 + char.charCodeAt(0)) % 10007;
  return { g: ["g", "h", undefined][hash % 3], n: hash % 4, at: hash % 13 };
}

interface Stage {
  readonly operator: number;
  readonly left: number;
  readonly right: number;
}

const programArb: fc.Arbitrary<Stage[]> = fc.array(
  fc.record({ operator: fc.nat(operatorCases.length - 1), left: fc.nat(99), right: fc.nat(99) }),
  { minLength: 2, maxLength: 5 },
);

/** Each stage may read the inputs and every earlier stage: chains, diamonds and all. */
function assemble<C>(
  program: readonly Stage[],
  inputs: readonly C[],
  apply: (stage: Stage, left: C, right: C) => C,
): C {
  const made = [...inputs];
  for (const stage of program) {
    made.push(apply(stage, made[stage.left % made.length]!, made[stage.right % made.length]!));
  }
  return made.at(-1)!;
}

describe("L3: what holds for operators holds for any program made of them, diamonds included", () => {
  test("random programs, random histories", () => {
    holds(fc.tuple(programArb, historyArb), 400, ([program, history]) => {
      const rig = emptyRig((a, b) =>
        assemble<Collection<Row>>(program, [a, b], ({ operator }, left, right) =>
          map(operatorCases[operator]!.build(left, right, noProbe), { name: "as row", row: asRow }),
        ),
      );
      const state = emptyState();
      for (const { elapsed, edits } of history) {
        const before = rig.heard.length;
        play(rig, edits, elapsed);
        record(state, edits);
        const expected = assemble<Rows<Row>>(program, [state.a, state.b], ({ operator }, left, right) => {
          const rows = operatorCases[operator]!.recompute(left, right, rig.graph.now);
          return new Map([...rows].map(([key, row]) => [key, asRow(row)]));
        });
        expect(shown(rig.output)).toEqual(shown(expected));
        expect(shown(rig.mirror)).toEqual(shown(expected));
        expect(rig.heard.length - before).toBeLessThanOrEqual(1);
      }
    });
  });
});
