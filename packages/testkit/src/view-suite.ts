import { graph, mount } from "@headgate/delta";
import type { Collection, Graph, Input, Key, View } from "@headgate/delta";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "./seeded.ts";

/** The rows that an input of a view may get. */
export interface ViewInput<R> {
  readonly row: fc.Arbitrary<R>;
  readonly key: (row: R) => Key;
}

export interface ViewSuite<I> {
  readonly inputs: { readonly [K in keyof I]: ViewInput<I[K]> };
  /** Histories to try; 100 when left out. */
  readonly runs?: number;
  /** Turns of a history at most; 12 when left out. */
  readonly turns?: number;
  /** How far time may move between turns, in milliseconds; when left out it stands still. */
  readonly pause?: number;
}

/** One write of a turn. A deletion names one of the rows that there are, by its place among them. */
type Write = { readonly input: string; readonly row: unknown } | { readonly input: string; readonly remove: number };
interface Step {
  readonly writes: readonly Write[];
  readonly pause: number;
}

/** Every row of every output, by output and key. */
type Rows = Readonly<Record<string, Readonly<Record<Key, unknown>>>>;
/** The rows of each input that a history has led to. */
type Contents = ReadonlyMap<string, ReadonlyMap<Key, unknown>>;

/**
 * Holds a view to its contract by random histories: after every turn its outputs equal those computed from scratch, and
 * what subscribers heard adds up to them; neither the order of the rows nor the split into turns matters; it never throws.
 */
export function viewSuite<I, O>(view: View<I, O>, suite: ViewSuite<I>): void {
  describe(`view ${view.name}`, () => {
    for (const [law, check] of Object.entries(viewLaws(view, suite))) test(law, check);
  });
}

/** The laws that {@link viewSuite} declares as tests; a check throws when the view breaks its law. */
export function viewLaws<I, O>(view: View<I, O>, suite: ViewSuite<I>): Readonly<Record<string, () => void>> {
  const history = fc.array(stepOf(suite), { minLength: 1, maxLength: suite.turns ?? 12 });
  const runs = seeded(suite.runs ?? 100);
  return {
    "incremental equals recomputed after every turn, and the changes add up to it": () => {
      fc.assert(
        fc.property(history, (steps) => {
          const rig = open(view, suite);
          const heard = listen(rig.outputs);
          for (const step of steps) {
            rig.play(step);
            const rows = rowsOf(rig.outputs);
            expect(rows).toEqual(recomputed(view, rig.contents, rig.now()));
            expect(heard()).toEqual(rows);
          }
        }),
        runs,
      );
    },
    "order and split into turns do not matter": () => {
      fc.assert(
        fc.property(history, fc.infiniteStream(fc.nat(1_000_000)), (steps, chance) => {
          const rig = open(view, suite);
          for (const step of steps) rig.play(step);
          const rows = [...rig.contents].flatMap(([input, of]) => [...of].map(([key, row]) => ({ input, key, row })));
          const other = mounted(view);
          for (const { input, key, row } of shuffled(rows, () => chance.next().value as number)) {
            other.engine.turn((turn) => {
              turn.set(other.input(input), key, row);
            });
          }
          other.engine.turn(() => undefined, rig.now());
          expect(rowsOf(other.outputs)).toEqual(rowsOf(rig.outputs));
        }),
        runs,
      );
    },
  };
}

/** A view on a graph of its own, its names as plain strings. */
interface Stage {
  readonly engine: Graph;
  readonly input: (name: string) => Input<unknown>;
  readonly outputs: Outputs;
}

function mounted<I, O>(view: View<I, O>): Stage {
  const engine = graph();
  const { inputs, outputs } = mount(engine, view);
  const byName = new Map(Object.entries<Input<unknown>>(inputs as Readonly<Record<string, Input<unknown>>>));
  return {
    engine,
    outputs: outputs,
    input: (name) => {
      const found = byName.get(name);
      if (found === undefined) throw new Error(`view ${view.name} has no input ${name}`);
      return found;
    },
  };
}

function stepOf<I>({ inputs, pause }: ViewSuite<I>): fc.Arbitrary<Step> {
  const names = Object.keys(inputs) as (keyof I & string)[];
  const write = fc.oneof(
    ...names.flatMap((input) => [
      { weight: 3, arbitrary: inputs[input].row.map((row): Write => ({ input, row })) },
      { weight: 1, arbitrary: fc.nat(1000).map((remove): Write => ({ input, remove })) },
    ]),
  );
  return fc.record({
    writes: fc.array(write, { maxLength: 6 }),
    pause: pause === undefined ? fc.constant(0) : fc.nat(pause),
  });
}

interface Rig {
  readonly outputs: Outputs;
  readonly contents: Contents;
  now(): number;
  play(step: Step): void;
}

function open<I, O>(view: View<I, O>, { inputs }: ViewSuite<I>): Rig {
  const { engine, input, outputs } = mounted(view);
  const keys = new Map(Object.entries<ViewInput<unknown>>(inputs as Readonly<Record<string, ViewInput<unknown>>>));
  const contents = new Map<string, Map<Key, unknown>>(view.inputs.map((name) => [name, new Map()]));
  return {
    outputs,
    contents,
    now: () => engine.now,
    play({ writes, pause }) {
      engine.turn((turn) => {
        for (const write of writes) {
          const rows = contents.get(write.input) ?? new Map<Key, unknown>();
          if ("row" in write) {
            const key = keys.get(write.input)?.key(write.row) ?? "";
            rows.set(key, write.row);
            turn.set(input(write.input), key, write.row);
          } else if (rows.size > 0) {
            const key = [...rows.keys()].sort()[write.remove % rows.size] ?? "";
            rows.delete(key);
            turn.delete(input(write.input), key);
          }
        }
      }, engine.now + pause);
    },
  };
}

function recomputed<I, O>(view: View<I, O>, contents: Contents, now: number): Rows {
  const { engine, input, outputs } = mounted(view);
  engine.turn((turn) => {
    for (const [name, rows] of contents) for (const [key, row] of rows) turn.set(input(name), key, row);
  }, now);
  return rowsOf(outputs);
}

type Outputs = Readonly<Record<string, Collection<unknown>>>;

function rowsOf(outputs: Outputs): Rows {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => {
      const rows = Object.fromEntries(output.entries());
      if (Object.keys(rows).length !== output.size)
        throw new Error(`output ${name} has ${String(output.size)} rows by its own account`);
      return [name, rows];
    }),
  );
}

/** Adds up what subscribers are told. */
function listen(outputs: Outputs): () => Rows {
  const heard = new Map(Object.keys(outputs).map((name) => [name, new Map<Key, unknown>()]));
  for (const [name, output] of Object.entries(outputs)) {
    output.subscribe((changes) => {
      const rows = heard.get(name);
      for (const { key, before, after } of changes) {
        expect(rows?.get(key)).toEqual(before);
        if (after === undefined) rows?.delete(key);
        else rows?.set(key, after);
      }
    });
  }
  return () => Object.fromEntries([...heard].map(([name, rows]) => [name, Object.fromEntries(rows)]));
}

function shuffled<T>(items: readonly T[], chance: () => number): T[] {
  return items
    .map((item) => ({ item, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
