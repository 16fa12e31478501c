import type { Collection } from "../collection.ts";
import type { Key } from "../key.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import type { Group } from "./group.ts";
import { grouped } from "./grouped.ts";

/** The row with the greatest `at` of each group, of equals the one with the greater key; the output key is the group. */
export function latest<R>(
  source: Collection<R>,
  spec: {
    readonly name: string;
    readonly by: (row: R, key: Key) => Key | undefined;
    readonly at: (row: R) => number;
    readonly same?: Same<R>;
  },
): Collection<R> {
  const newest = (rows: Group<R>): Group<R> => {
    let best: readonly [Key, R] | undefined;
    let bestAt = -Infinity;
    for (const entry of rows) {
      const at = spec.at(entry[1]);
      // Rows come in key order, so of equals the last one stays; NaN is older than anything.
      if (best !== undefined && !(at >= bestAt)) continue;
      best = entry;
      bestAt = Number.isNaN(at) ? -Infinity : at;
    }
    return best ? [best] : [];
  };
  return grouped<R, R>(source, {
    ...spec,
    same: spec.same ?? sameValue,
    reduce: (rows) => newest(rows)[0]?.[1],
    because: newest,
  });
}
