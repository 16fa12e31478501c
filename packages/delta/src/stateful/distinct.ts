import type { Collection } from "../collection.ts";
import type { Key } from "../key.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import { grouped } from "./grouped.ts";

/** The first row, in key order, of each group; the output key is the group. */
export function distinct<R>(
  source: Collection<R>,
  spec: {
    readonly name: string;
    readonly by: (row: R, key: Key) => Key | undefined;
    readonly same?: Same<R>;
  },
): Collection<R> {
  return grouped<R, R>(source, {
    ...spec,
    same: spec.same ?? sameValue,
    reduce: (rows) => rows[0]?.[1],
    because: (rows) => rows.slice(0, 1),
  });
}
