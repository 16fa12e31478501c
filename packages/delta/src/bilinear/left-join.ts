import type { Collection } from "../collection.ts";
import { unpairKey } from "../key.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import { demandRow } from "../table.ts";
import { PairTable } from "./pair-table.ts";
import { Pairing } from "./pairing.ts";
import type { Matching } from "./pairing.ts";

/**
 * As `join`, and for each left row without a match one row with `undefined` for the right, under
 * `pairKey(left key, "")`.
 */
export function leftJoin<L, R, Out>(
  left: Collection<L>,
  right: Collection<R>,
  spec: Matching<L, R> & {
    readonly name: string;
    readonly row: (left: L, right: R | undefined) => Out;
    readonly same?: Same<Out>;
  },
): Collection<Out> {
  const lefts = nodeOf(left);
  const rights = nodeOf(right);
  const pairs = new PairTable(spec.same ?? sameValue);
  /** The left rows without a match. Needed because a right row may itself have the key "". */
  const alone = new Set<Key>();
  let staged = new Map<Key, boolean>();
  /** The left rows whose matches this turn may have changed, with their join keys. */
  let affected = new Map<Key, readonly [L | undefined, Key | undefined]>();
  const pairing = new Pairing<L, R, Out>(
    pairs,
    spec,
    (l, r) => demandRow(spec.row(l, r), "of a pair"),
    (key, row, joinKey) => affected.set(key, [row, joinKey]),
  );
  const isMatched = (row: L, joinKey: Key | undefined): boolean =>
    joinKey !== undefined && pairing.rights.some(joinKey, (candidate) => pairing.matches(row, candidate));

  return derive<Out>({
    name: spec.name,
    sources: [lefts, rights],
    get: (key) => pairs.get(key),
    entries: () => pairs.entries(),
    run(out) {
      affected = new Map();
      const touched = pairing.run(lefts.changes, rights.changes);
      for (const { key, after } of lefts.changes) {
        affected.set(key, [after, after === undefined ? undefined : spec.leftKey(after, key)]);
      }
      for (const [key, [row, joinKey]] of affected) {
        const unmatched = row !== undefined && !isMatched(row, joinKey);
        if (unmatched) pairs.stage(key, "", demandRow(spec.row(row, undefined), key));
        else if (alone.has(key) && !pairs.isRenewed(key, "")) pairs.stage(key, "", undefined);
        staged.set(key, unmatched);
      }
      pairs.emit(out);
      return touched + affected.size;
    },
    commit() {
      for (const [key, unmatched] of staged) {
        if (unmatched) alone.add(key);
        else alone.delete(key);
      }
      staged = new Map();
      pairing.commit();
      pairs.commit();
    },
    rollback() {
      staged = new Map();
      pairing.rollback();
      pairs.rollback();
    },
    because(key) {
      const [leftKey, rightKey] = unpairKey(key);
      const own = { node: lefts, key: leftKey };
      return alone.has(leftKey) ? [own] : [own, { node: rights, key: rightKey }];
    },
  });
}
