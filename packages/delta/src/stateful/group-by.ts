import type { Collection } from "../collection.ts";
import type { Key } from "../key.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import type { Group } from "./group.ts";
import { grouped } from "./grouped.ts";

/**
 * One row for each group of rows; the output key is the group. A row whose group is undefined is left out, and so is a
 * group that reduces to undefined.
 *
 * `reduce` gets the whole group in key order, whenever one of its rows changed and at most once in a turn; it must be a
 * function of its arguments. This is the only way to give rows new keys, so a tie is always decided in the open.
 */
export function groupBy<R, Out>(
  source: Collection<R>,
  spec: {
    readonly name: string;
    readonly by: (row: R, key: Key) => Key | undefined;
    readonly reduce: (rows: Group<R>, group: Key) => Out | undefined;
    readonly same?: Same<Out>;
  },
): Collection<Out> {
  return grouped(source, { ...spec, same: spec.same ?? sameValue, because: (rows) => rows });
}
