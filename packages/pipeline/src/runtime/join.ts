import type { Json } from "@headgate/api";
import { join, map, pairKey, filter, sameValue } from "@headgate/delta";
import type { Collection } from "@headgate/delta";

import { compile } from "../expression/compile.ts";
import { truthOf } from "../expression/evaluate.ts";
import type { Evaluate, Surroundings } from "../expression/evaluate.ts";
import { DataFault } from "../problem.ts";
import type { JoinStage } from "../stage/ast.ts";
import { conjuncts } from "../stage/conjuncts.ts";
import type { Equality, Side } from "../stage/conjuncts.ts";
import { Quarantined, quarantining } from "../stage/segment.ts";
import { identity } from "../text/canonical.ts";
import type { Doc } from "../value.ts";

/** A source of a join by its name, and its objects. */
export interface Named {
  readonly name: string;
  readonly rows: Collection<Doc>;
}

export interface Joined {
  /** A document for each match, `{name: object, …}`, or the fault because of which there is none. */
  readonly rows: Collection<Doc | Quarantined>;
  /** Objects that have no key to be looked up by, because it cannot be computed. */
  readonly keyless: readonly Collection<Doc | Quarantined>[];
}

/**
 * Joins sources one after the other, each with one that it shares an equality with where there is one. Objects are looked
 * up by all equalities together; what else the condition says is asked of the candidates alone.
 */
export function mountJoin(stage: JoinStage, sources: readonly Named[], around: Surroundings): Joined {
  const names = sources.map(({ name }) => name);
  const { equalities, others } = conjuncts(stage.condition, names);
  const conditions = others.map(({ expression, sources: read }) => ({
    holds: compile(expression),
    at: expression.at,
    read,
  }));
  const keyed = sources.map((source) => withKeys(source, equalities, around));
  const order = joiningOrder(names, equalities);
  const sourceOf = (name: string): Collection<Doc> => keyed[names.indexOf(name)]?.rows ?? failed(name);
  const [first = "", ...rest] = order;
  const present = new Set([first]);
  let rows: Collection<Doc> = map(sourceOf(first), {
    name: stage.at,
    row: (object): Doc => ({ [first]: object }),
    same: sameParts,
  });
  for (const name of rest) {
    const keys = equalities.flatMap((equality) => oriented(equality, name, present));
    present.add(name);
    const asked = conditions.filter(({ read }) => read.has(name) && [...read].every((one) => present.has(one)));
    rows = join(rows, sourceOf(name), {
      name: stage.at,
      leftKey: keyOf(
        keys.map(({ left }) => left),
        around,
        (tuple) => tuple,
      ),
      rightKey: keyOf(
        keys.map(({ right }) => right),
        around,
        (object) => ({ [name]: object }),
      ),
      where: (tuple, object) => asked.every(({ holds }) => !isFalse(holds, { ...tuple, [name]: object }, around)),
      row: (tuple, object): Doc => ({ ...tuple, [name]: object }),
      same: sameParts,
    });
  }
  const verdict = (tuple: Doc): boolean =>
    conditions.every(({ holds, at }) => truthOf(holds(tuple, null, around), { at, name: "@join" }));
  const judged =
    conditions.length === 0 && order.every((name, index) => name === names[index])
      ? rows
      : map(rows, {
          name: stage.at,
          row: (tuple) =>
            quarantining(stage.at, () =>
              verdict(tuple)
                ? Object.fromEntries(names.map((name): [string, Json] => [name, tuple[name] ?? null]))
                : undefined,
            ) ?? false,
          same: sameJudged,
        });
  return {
    rows: filter<Doc | Quarantined | false, Doc | Quarantined>(judged, {
      name: stage.at,
      where: (row): row is Doc | Quarantined => row !== false,
    }),
    keyless: keyed.flatMap(({ keyless }) => keyless ?? []),
  };
}

function failed(name: string): never {
  throw new Error(`no source ${name}`);
}

/** Two rows of a join are the same when they are made of the very same objects. */
function sameParts(a: Doc, b: Doc): boolean {
  for (const name in a) if (a[name] !== b[name]) return false;
  return true;
}

function sameJudged(a: Doc | Quarantined | false, b: Doc | Quarantined | false): boolean {
  if (a === false || b === false) return a === b;
  if (a instanceof Quarantined || b instanceof Quarantined)
    return a instanceof Quarantined && b instanceof Quarantined && a.same(b);
  return sameParts(a, b);
}

/** A condition that cannot be computed may hold: whether it does is asked again of the whole row, where it can be reported. */
function isFalse(condition: Evaluate, subject: Doc, around: Surroundings): boolean {
  try {
    return condition(subject, null, around) === false;
  } catch (cause) {
    if (cause instanceof DataFault || cause instanceof RangeError) return false;
    throw cause;
  }
}

/** Starts with the first source; goes on with one that shares an equality, or else with the next. */
function joiningOrder(names: readonly string[], equalities: readonly Equality[]): readonly string[] {
  const [first, ...left] = names;
  const order = first === undefined ? [] : [first];
  while (left.length > 0) {
    const linked = left.findIndex((name) =>
      equalities.some((equality) => oriented(equality, name, new Set(order)).length > 0),
    );
    order.push(...left.splice(Math.max(linked, 0), 1));
  }
  return order;
}

/** The equality as one between what is present (left) and the source that comes (right). */
function oriented({ left, right }: Equality, name: string, present: ReadonlySet<string>): readonly Equality[] {
  if (right.source === name && present.has(left.source)) return [{ left, right }];
  if (left.source === name && present.has(right.source)) return [{ left: right, right: left }];
  return [];
}

/** The key of a row by the sides of some equalities; none when one of them is nothing, for nothing equals nothing. */
function keyOf(
  sides: readonly Side[],
  around: Surroundings,
  subjectOf: (row: Doc) => Doc,
): (row: Doc) => string | undefined {
  const parts = sides.map(({ expression }) => compile(expression));
  const [only] = parts;
  const part = (evaluate: Evaluate, subject: Doc): string | undefined => {
    const value = evaluate(subject, null, around);
    return value === null ? undefined : identity(value);
  };
  if (only === undefined) return () => "";
  if (parts.length === 1) return (row) => part(only, subjectOf(row));
  return (row) => {
    const subject = subjectOf(row);
    let key = "";
    for (const evaluate of parts) {
      const own = part(evaluate, subject);
      if (own === undefined) return undefined;
      key = pairKey(own, key);
    }
    return key;
  };
}

/** The objects of a source that have keys. Paths always give one or nothing; other expressions may fail. */
function withKeys(
  { name, rows }: Named,
  equalities: readonly Equality[],
  around: Surroundings,
): { readonly rows: Collection<Doc>; readonly keyless?: Collection<Doc | Quarantined> } {
  const sides = equalities
    .flatMap(({ left, right }) => [left, right])
    .filter(({ source, expression }) => source === name && expression.kind !== "path");
  if (sides.length === 0) return { rows };
  const evaluated = sides.map(({ expression }) => compile(expression));
  const checked = map(rows, {
    name: `keys of ${name}`,
    row: (object): Doc | Quarantined =>
      quarantining(sides[0]?.expression.at ?? "", () => {
        for (const evaluate of evaluated) evaluate({ [name]: object }, null, around);
        return object;
      }),
    same: (a, b) => (a instanceof Quarantined && b instanceof Quarantined ? a.same(b) : sameValue(a, b)),
  });
  return {
    rows: filter<Doc | Quarantined, Doc>(checked, {
      name: `objects of ${name} with a key`,
      where: (row): row is Doc => !(row instanceof Quarantined),
    }),
    keyless: checked,
  };
}
