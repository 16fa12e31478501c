import type { Collection } from "../collection.ts";
import { compareKeys } from "../key.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import type { Cause } from "../node.ts";
import { KeyIndex } from "./key-index.ts";
import type { Move } from "./key-index.ts";
import type { Matching } from "./pairing.ts";

/** A left row to decide anew: as it was before the turn, as it is now, and its join key now. */
type Affected<L> = Pick<Move<L>, "before" | "after" | "to">;

/**
 * The left rows that have a match (`wanted`), or those that have none. Stores keys, not rows.
 *
 * A right row touches the left rows with its join key only when it can have changed their answer: without `where`, when
 * it is the first or was the last with that join key; with `where`, when it matches or matched them.
 */
export function matched<L, R>(
  left: Collection<L>,
  right: Collection<R>,
  spec: Matching<L, R> & { readonly name: string },
  wanted: boolean,
): Collection<L> {
  const [from, other] = [nodeOf(left), nodeOf(right)];
  const { where } = spec;
  const lefts = new KeyIndex(spec.leftKey);
  const rights = new KeyIndex(spec.rightKey);
  const present = new Set<Key>();

  const hasMatch = (row: L, joinKey: Key | undefined): boolean =>
    joinKey !== undefined &&
    (where === undefined ? rights.has(joinKey) : rights.some(joinKey, (candidate) => where(row, candidate)));

  /** Collects the left rows whose answer the moves on the right can have changed; returns the rows touched. */
  const affect = (
    moves: readonly Move<R>[],
    before: ReadonlyMap<Key, boolean>,
    add: (key: Key, row: Affected<L>) => void,
  ): number => {
    let touched = 0;
    if (where === undefined) {
      for (const [joinKey, had] of before) {
        if (had === rights.has(joinKey)) continue;
        touched += lefts.each(joinKey, (row, key) => {
          add(key, { before: row, after: row, to: joinKey });
        });
      }
      return touched;
    }
    for (const move of moves) {
      for (const [candidate, joinKey] of [
        [move.before, move.from],
        [move.after, move.to],
      ] as const) {
        if (candidate === undefined || joinKey === undefined) continue;
        touched += lefts.each(joinKey, (row, key) => {
          if (where(row, candidate)) add(key, { before: row, after: row, to: joinKey });
        });
      }
    }
    return touched;
  };

  return derive<L>({
    name: spec.name,
    sources: [from, other],
    get: (key) => (present.has(key) ? from.get(key) : undefined),
    *entries() {
      for (const entry of from.entries()) if (present.has(entry[0])) yield entry;
    },
    run(out) {
      const leftMoves = lefts.stage(from.changes);
      const rightMoves = rights.stage(other.changes);
      const had = new Map<Key, boolean>();
      for (const move of rightMoves) {
        if (move.from !== undefined) had.set(move.from, rights.has(move.from));
        if (move.to !== undefined) had.set(move.to, rights.has(move.to));
      }
      lefts.apply(leftMoves);
      rights.apply(rightMoves);
      const affected = new Map<Key, Affected<L>>(leftMoves.map((move) => [move.key, move]));
      const touched = affect(rightMoves, had, (key, row) => {
        if (!affected.has(key)) affected.set(key, row);
      });
      for (const [key, row] of affected) {
        const before = present.has(key) ? row.before : undefined;
        const after = row.after !== undefined && hasMatch(row.after, row.to) === wanted ? row.after : undefined;
        if (before !== after) out.emit({ key, before, after });
      }
      return touched + leftMoves.length + rightMoves.length;
    },
    commit(changes) {
      lefts.commit();
      rights.commit();
      for (const { key, after } of changes) {
        if (after === undefined) present.delete(key);
        else present.add(key);
      }
    },
    rollback() {
      lefts.rollback();
      rights.rollback();
    },
    because(key) {
      const causes: Cause[] = [{ node: from, key }];
      const row = from.get(key);
      const joinKey = row === undefined ? undefined : spec.leftKey(row, key);
      if (!wanted || row === undefined || joinKey === undefined) return causes;
      const witnesses: Key[] = [];
      rights.each(joinKey, (candidate, rightKey) => {
        if (where === undefined || where(row, candidate)) witnesses.push(rightKey);
      });
      return [...causes, ...witnesses.sort(compareKeys).map((rightKey) => ({ node: other, key: rightKey }))];
    },
  });
}
