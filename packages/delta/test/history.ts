/** Random histories, and the rig that plays them into one operator. */
import fc from "fast-check";
import { graph } from "@headgate/delta";
import type { Change, Collection, Graph, Input, Key } from "@headgate/delta";
import type { OperatorCase, Probe, Row, Rows } from "./operators.ts";

export interface Edit {
  readonly input: "a" | "b";
  readonly key: Key;
  /** undefined deletes. */
  readonly row: Row | undefined;
}

export interface Step {
  readonly elapsed: number;
  readonly edits: readonly Edit[];
}

export type State = Readonly<Record<"a" | "b", Map<Key, Row>>>;

/** Few keys and groups, so that rows meet; some that would break careless pairing of keys. */
const keyArb = fc.constantFrom("a", "b", "", "a|b", "~", "~1", "b|");
const rowArb: fc.Arbitrary<Row> = fc.record({
  g: fc.constantFrom("g", "h", "", undefined),
  n: fc.nat(3),
  at: fc.nat(12),
});
const editArb: fc.Arbitrary<Edit> = fc.record({
  input: fc.constantFrom("a", "b"),
  key: keyArb,
  row: fc.option(rowArb, { nil: undefined, freq: 3 }),
});

/** One turn's edits: no key twice, so that their order is of no account. */
export const editsArb: fc.Arbitrary<Edit[]> = fc.uniqueArray(editArb, {
  maxLength: 6,
  selector: ({ input, key }) => `${input}${key}`,
});
export const historyArb: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ elapsed: fc.constantFrom(0, 0, 1, 2, 5), edits: editsArb }),
  { maxLength: 8 },
);

/** Large turns about many keys in two groups: enough rows in a group for the ways that only large batches take. */
export const crowdArb: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    elapsed: fc.nat(2),
    edits: fc.uniqueArray(
      fc.record({
        input: fc.constantFrom("a", "b"),
        key: fc.nat(29).map((i) => `k${i}`),
        row: fc.option(fc.record({ g: fc.constantFrom("g", "h"), n: fc.nat(3), at: fc.nat(12) }), {
          nil: undefined,
          freq: 3,
        }),
      }),
      { minLength: 15, maxLength: 40, selector: ({ input, key }) => `${input}${key}` },
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

export interface Rig {
  readonly graph: Graph;
  readonly a: Input<Row>;
  readonly b: Input<Row>;
  readonly output: Collection<unknown>;
  /** The changes of each turn that changed the output. */
  readonly heard: (readonly Change<unknown>[])[];
  /** The rows as a listener knows them: all changes, applied. */
  readonly mirror: Map<Key, unknown>;
}

export const noProbe: Probe = (value) => value;

export function emptyRig(
  build: (a: Collection<Row>, b: Collection<Row>, probe: Probe) => Collection<unknown>,
  probe: Probe = noProbe,
): Rig {
  const g = graph();
  const a = g.input<Row>({ name: "a" });
  const b = g.input<Row>({ name: "b" });
  const output = build(a, b, probe);
  const heard: Rig["heard"] = [];
  const mirror: Rig["mirror"] = new Map();
  output.subscribe((changes) => {
    heard.push(changes);
    for (const { key, after } of changes) {
      if (after === undefined) mirror.delete(key);
      else mirror.set(key, after);
    }
  });
  return { graph: g, a, b, output, heard, mirror };
}

export function rigOf(operator: OperatorCase, probe: Probe = noProbe): Rig {
  return emptyRig((a, b) => operator.build(a, b, probe), probe);
}

export function play(rig: Rig, edits: readonly Edit[], elapsed = 0): void {
  rig.graph.turn((turn) => {
    for (const { input, key, row } of edits) {
      if (row === undefined) turn.delete(rig[input], key);
      else turn.set(rig[input], key, row);
    }
  }, rig.graph.now + elapsed);
}

export function emptyState(): State {
  return { a: new Map(), b: new Map() };
}

export function record(state: State, edits: readonly Edit[]): void {
  for (const { input, key, row } of edits) {
    if (row === undefined) state[input].delete(key);
    else state[input].set(key, row);
  }
}

/** What takes the edits back from `state`, which is the state before them. */
export function inverse(state: State, edits: readonly Edit[]): Edit[] {
  return edits.map(({ input, key }) => ({ input, key, row: state[input].get(key) }));
}

/** Rows as a value to compare: in key order. */
export function shown(rows: Rows | Collection<unknown>): [Key, unknown][] {
  return [...rows.entries()].map(([k, v]): [Key, unknown] => [k, v]).sort(([x], [y]) => (x < y ? -1 : 1));
}
