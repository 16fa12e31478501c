/**
 * Every operator, as the laws, the oracle and the work counters want to see it.
 *
 * A later operator inherits them all by being listed here (a test fails when one is exported and not listed): how it is
 * built, and how its rows are recomputed from scratch, as naively as possible.
 */
import {
  antiJoin,
  distinct,
  filter,
  flatMap,
  groupBy,
  join,
  latest,
  leftJoin,
  map,
  pairKey,
  semiJoin,
  union,
  window,
} from "@headgate/delta";
import type { Collection, Key } from "@headgate/delta";

/** The row of every input: a group (or none), a small number, an instant. */
export interface Row {
  readonly g: string | undefined;
  readonly n: number;
  readonly at: number;
}

export type Rows<R = unknown> = ReadonlyMap<Key, R>;

/** Goes around every user function that a case gives to its operator, so that a test can count the calls, or fail one. */
export type Probe = <T>(value: T) => T;

export interface OperatorCase {
  readonly name: string;
  readonly operator: string;
  build(a: Collection<Row>, b: Collection<Row>, probe: Probe): Collection<unknown>;
  recompute(a: Rows<Row>, b: Rows<Row>, now: number): Rows;
  /** Whether one explained row less always means another row or none. Not so where several rows are each enough. */
  readonly explainsNoMore: boolean;
}

const near = (l: Row, r: Row): boolean => l.n <= r.n;
const pair = (l: Row, r: Row | undefined): unknown => ({ g: l.g, n: l.n, right: r && { n: r.n, even: r.at % 2 } });
const inKeyOrder = <R>(rows: Rows<R>): [Key, R][] => [...rows].sort(([x], [y]) => (x < y ? -1 : 1));

function groups(rows: Rows<Row>): Map<Key, [Key, Row][]> {
  const byGroup = new Map<Key, [Key, Row][]>();
  for (const [key, row] of inKeyOrder(rows)) {
    if (row.g !== undefined) byGroup.set(row.g, [...(byGroup.get(row.g) ?? []), [key, row]]);
  }
  return byGroup;
}

function pairs(a: Rows<Row>, b: Rows<Row>, where: (l: Row, r: Row) => boolean): [Key, Key, Row, Row][] {
  const found: [Key, Key, Row, Row][] = [];
  for (const [lk, l] of a)
    for (const [rk, r] of b) if (l.g !== undefined && l.g === r.g && where(l, r)) found.push([lk, rk, l, r]);
  return found;
}

const all = (): boolean => true;
const sum = (rows: readonly (readonly [Key, Row])[], group: Key): unknown => ({
  group,
  keys: rows.map(([key]) => key),
  sum: rows.reduce((total, [, row]) => total + row.n, 0),
});

export const operatorCases: readonly OperatorCase[] = [
  {
    name: "map",
    operator: "map",
    build: (a, _, probe) => map(a, { name: "map", row: (row, key) => probe({ key, even: row.n % 2 }) }),
    recompute: (a) => new Map([...a].map(([key, row]) => [key, { key, even: row.n % 2 }])),
    explainsNoMore: true,
  },
  {
    name: "filter",
    operator: "filter",
    build: (a, _, probe) => filter(a, { name: "filter", where: (row, key) => probe(row.n > 1 || key === "b") }),
    recompute: (a) => new Map([...a].filter(([key, row]) => row.n > 1 || key === "b")),
    explainsNoMore: true,
  },
  {
    name: "flatMap",
    operator: "flatMap",
    build: (a, _, probe) =>
      flatMap(a, {
        name: "flatMap",
        rows: (row) => Array.from({ length: row.n }, (_, i) => probe([i === 0 ? "" : `|${i}`, { i, g: row.g }])),
      }),
    recompute(a: Rows<Row>): Rows {
      const rows = new Map<Key, unknown>();
      for (const [key, row] of a) {
        for (let i = 0; i < row.n; i++) rows.set(pairKey(key, i === 0 ? "" : `|${i}`), { i, g: row.g });
      }
      return rows;
    },
    explainsNoMore: true,
  },
  {
    name: "union",
    operator: "union",
    build: (a, b) => union({ name: "union" }, { x: a, "x|": b, again: a }),
    recompute: (a, b) =>
      new Map([
        ...[...a].map(([key, row]) => [pairKey("x", key), row] as const),
        ...[...b].map(([key, row]) => [pairKey("x|", key), row] as const),
        ...[...a].map(([key, row]) => [pairKey("again", key), row] as const),
      ]),
    explainsNoMore: true,
  },
  {
    name: "join",
    operator: "join",
    build: (a, b, probe) =>
      join(a, b, {
        name: "join",
        leftKey: (row) => probe(row.g),
        rightKey: (row) => probe(row.g),
        row: (l, r) => probe(pair(l, r)),
      }),
    recompute: (a, b) => new Map(pairs(a, b, all).map(([lk, rk, l, r]) => [pairKey(lk, rk), pair(l, r)])),
    explainsNoMore: true,
  },
  {
    name: "join with a residual predicate",
    operator: "join",
    build: (a, b, probe) =>
      join(a, b, {
        name: "join",
        leftKey: (row) => row.g,
        rightKey: (row) => row.g,
        where: (l, r) => probe(near(l, r)),
        row: (l, r) => probe(pair(l, r)),
      }),
    recompute: (a, b) => new Map(pairs(a, b, near).map(([lk, rk, l, r]) => [pairKey(lk, rk), pair(l, r)])),
    explainsNoMore: true,
  },
  {
    name: "join of a collection with itself",
    operator: "join",
    build: (a, _, probe) =>
      join(a, a, {
        name: "join",
        leftKey: (row) => row.g,
        rightKey: (row) => (row.n === 0 ? undefined : row.g),
        row: (l, r) => probe(pair(l, r)),
      }),
    recompute: (a) => new Map(pairs(a, a, (_, r) => r.n !== 0).map(([lk, rk, l, r]) => [pairKey(lk, rk), pair(l, r)])),
    explainsNoMore: true,
  },
  ...[all, near].map((where): OperatorCase => ({
    name: where === all ? "leftJoin" : "leftJoin with a residual predicate",
    operator: "leftJoin",
    build: (a, b, probe) =>
      leftJoin(a, b, {
        name: "leftJoin",
        leftKey: (row) => probe(row.g),
        rightKey: (row) => probe(row.g),
        ...(where === all ? {} : { where: (l: Row, r: Row) => probe(where(l, r)) }),
        row: (l, r) => probe(pair(l, r)),
      }),
    recompute(a, b) {
      const found = pairs(a, b, where);
      const matched = new Set(found.map(([lk]) => lk));
      return new Map([
        ...found.map(([lk, rk, l, r]) => [pairKey(lk, rk), pair(l, r)] as const),
        ...[...a].filter(([lk]) => !matched.has(lk)).map(([lk, l]) => [pairKey(lk, ""), pair(l, undefined)] as const),
      ]);
    },
    explainsNoMore: true,
  })),
  ...[all, near].flatMap((where) =>
    [semiJoin, antiJoin].map((operator): OperatorCase => ({
      name: where === all ? operator.name : `${operator.name} with a residual predicate`,
      operator: operator.name,
      build: (a, b, probe) =>
        operator(a, b, {
          name: operator.name,
          leftKey: (row) => probe(row.g),
          rightKey: (row) => probe(row.g),
          ...(where === all ? {} : { where: (l: Row, r: Row) => probe(where(l, r)) }),
        }),
      recompute(a, b) {
        const matched = new Set(pairs(a, b, where).map(([lk]) => lk));
        return new Map([...a].filter(([lk]) => matched.has(lk) === (operator === semiJoin)));
      },
      explainsNoMore: operator === antiJoin,
    })),
  ),
  {
    name: "groupBy",
    operator: "groupBy",
    build: (a, _, probe) =>
      groupBy(a, {
        name: "groupBy",
        by: (row) => probe(row.g),
        reduce: (rows, group) => probe(rows.length === 3 ? undefined : sum(rows, group)),
      }),
    recompute: (a) =>
      new Map([...groups(a)].filter(([, rows]) => rows.length !== 3).map(([group, rows]) => [group, sum(rows, group)])),
    explainsNoMore: true,
  },
  {
    name: "distinct",
    operator: "distinct",
    build: (a, _, probe) => distinct(a, { name: "distinct", by: (row) => probe(row.g) }),
    recompute: (a) => new Map([...groups(a)].map(([group, rows]) => [group, rows[0]![1]])),
    explainsNoMore: true,
  },
  {
    name: "latest",
    operator: "latest",
    build: (a, _, probe) => latest(a, { name: "latest", by: (row) => probe(row.g), at: (row) => probe(row.n) }),
    recompute: (a) =>
      new Map(
        [...groups(a)].map(([group, rows]) => {
          const newest = Math.max(...rows.map(([, row]) => row.n));
          return [group, rows.findLast(([, row]) => row.n === newest)![1]];
        }),
      ),
    explainsNoMore: true,
  },
  {
    name: "window",
    operator: "window",
    build: (a, _, probe) => window(a, { name: "window", at: (row) => probe(row.at), span: (row) => probe(3 + row.n) }),
    recompute: (a, _, now) => new Map([...a].filter(([, row]) => now < row.at + 3 + row.n)),
    explainsNoMore: true,
  },
];

/** The parts of the front door that are not operators. */
export const notOperators: readonly string[] = ["graph", "defineView", "mount", "pairKey", "unpairKey", "sameValue"];
