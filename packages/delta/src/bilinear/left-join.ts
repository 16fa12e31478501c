import type { Collection } from "../collection.ts";
import { pairKey, unpairKey } from "../key.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import { demandRow, Table } from "../table.ts";
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
  const sources = [nodeOf(left), nodeOf(right)] as const;
  const table = new Table(spec.same ?? sameValue);
  const pairing = new Pairing(...sources, spec, (l: L, r: R) => demandRow(spec.row(l, r), "of a pair"));
  /** The left rows without a match. Needed because a right row may itself have the key "". */
  const alone = new Set<Key>();
  let staged = new Map<Key, boolean>();

  return derive<Out>({
    name: spec.name,
    sources,
    get: (key) => table.get(key),
    entries: () => table.entries(),
    run(out) {
      const affected = new Map<Key, readonly [L | undefined, Key | undefined]>();
      const { pairs, touched } = pairing.run(
        (pair, leftKey, rightKey) => table.has(pair) && !(rightKey === "" && alone.has(leftKey)),
        (key, row, joinKey) => affected.set(key, [row, joinKey]),
      );
      for (const { key, after } of sources[0].changes) {
        affected.set(key, [after, after === undefined ? undefined : spec.leftKey(after, key)]);
      }
      for (const [key, [row, joinKey]] of affected) {
        const matched =
          row !== undefined && joinKey !== undefined && pairing.rights.some(joinKey, (r) => pairing.matches(row, r));
        const pair = pairKey(key, "");
        if (row !== undefined && !matched) pairs.set(pair, demandRow(spec.row(row, undefined), pair));
        else if (alone.has(key) && !pairs.has(pair)) pairs.set(pair, undefined);
        staged.set(key, row !== undefined && !matched);
      }
      for (const [pair, row] of pairs) table.put(out, pair, row);
      return touched + affected.size;
    },
    commit(changes) {
      for (const [key, unmatched] of staged) {
        if (unmatched) alone.add(key);
        else alone.delete(key);
      }
      staged = new Map();
      pairing.commit();
      table.commit(changes);
    },
    rollback() {
      staged = new Map();
      pairing.rollback();
    },
    because(key) {
      const [leftKey, rightKey] = unpairKey(key);
      const own = { node: sources[0], key: leftKey };
      return alone.has(leftKey) ? [own] : [own, { node: sources[1], key: rightKey }];
    },
  });
}
