import type { Collection } from "../collection.ts";
import { pairKey, splitPair, unpairKey } from "../key.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import { demandRow } from "../table.ts";

/**
 * Computes any number of rows from each row, each under a key of its own within that row: the output key is
 * `pairKey(key, subKey)`. Giving one subKey twice for a row is a bug, an Error out of the turn.
 */
export function flatMap<R, Out>(
  source: Collection<R>,
  spec: {
    readonly name: string;
    readonly rows: (row: R, key: Key) => Iterable<readonly [subKey: Key, row: Out]>;
    readonly same?: Same<Out>;
  },
): Collection<Out> {
  const from = nodeOf(source);
  const same = spec.same ?? sameValue;
  const parts = new Map<Key, ReadonlyMap<Key, Out>>();
  let staged: [Key, ReadonlyMap<Key, Out>][] = [];

  const split = (row: R, key: Key): Map<Key, Out> => {
    const rows = new Map<Key, Out>();
    for (const [subKey, out] of spec.rows(row, key)) {
      if (rows.has(subKey)) throw new Error(`two rows for key ${JSON.stringify(subKey)} of ${JSON.stringify(key)}`);
      rows.set(subKey, demandRow(out, subKey));
    }
    return rows;
  };

  return derive<Out>({
    name: spec.name,
    sources: [from],
    get(key) {
      const pair = splitPair(key);
      return pair && parts.get(pair[0])?.get(pair[1]);
    },
    *entries() {
      for (const [whole, rows] of parts) for (const [subKey, row] of rows) yield [pairKey(whole, subKey), row];
    },
    run(out) {
      let touched = 0;
      for (const { key: whole, after } of from.changes) {
        const old = parts.get(whole) ?? new Map<Key, Out>();
        const rows = after === undefined ? new Map<Key, Out>() : split(after, whole);
        touched += 1 + old.size + rows.size;
        for (const [subKey, before] of old) {
          if (!rows.has(subKey)) out.emit({ key: pairKey(whole, subKey), before, after: undefined });
        }
        for (const [subKey, row] of rows) {
          const before = old.get(subKey);
          // A row that stays the same stays the very row that downstream has seen.
          if (before !== undefined && same(before, row)) rows.set(subKey, before);
          else out.emit({ key: pairKey(whole, subKey), before, after: row });
        }
        staged.push([whole, rows]);
      }
      return touched;
    },
    commit() {
      for (const [whole, rows] of staged) {
        if (rows.size === 0) parts.delete(whole);
        else parts.set(whole, rows);
      }
      staged = [];
    },
    rollback() {
      staged = [];
    },
    because: (key) => [{ node: from, key: unpairKey(key)[0] }],
  });
}
