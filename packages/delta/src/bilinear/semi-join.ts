import type { Collection } from "../collection.ts";
import { matched } from "./matched.ts";
import type { Matching } from "./pairing.ts";

/** The left rows that have at least one match on the right; keys stay. */
export function semiJoin<L, R>(
  left: Collection<L>,
  right: Collection<R>,
  spec: Matching<L, R> & { readonly name: string },
): Collection<L> {
  return matched(left, right, spec, true);
}
