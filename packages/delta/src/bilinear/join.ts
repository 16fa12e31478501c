import type { Collection } from "../collection.ts";
import { unpairKey } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import { demandRow } from "../table.ts";
import { PairTable } from "./pair-table.ts";
import { Pairing } from "./pairing.ts";
import type { Matching } from "./pairing.ts";

/**
 * A row for each pair of rows with the same join key for which `where` holds. The output key is
 * `pairKey(left key, right key)`. Work is the number of changed rows and of their candidates by join key.
 */
export function join<L, R, Out>(
  left: Collection<L>,
  right: Collection<R>,
  spec: Matching<L, R> & {
    readonly name: string;
    readonly row: (left: L, right: R) => Out;
    readonly same?: Same<Out>;
  },
): Collection<Out> {
  const lefts = nodeOf(left);
  const rights = nodeOf(right);
  const pairs = new PairTable(spec.same ?? sameValue);
  const pairing = new Pairing<L, R, Out>(pairs, spec, (l, r) => demandRow(spec.row(l, r), "of a pair"));
  return derive<Out>({
    name: spec.name,
    sources: [lefts, rights],
    get: (key) => pairs.get(key),
    entries: () => pairs.entries(),
    run(out) {
      const touched = pairing.run(lefts.changes, rights.changes);
      pairs.emit(out);
      return touched;
    },
    commit() {
      pairing.commit();
      pairs.commit();
    },
    rollback() {
      pairing.rollback();
      pairs.rollback();
    },
    because(key) {
      const [leftKey, rightKey] = unpairKey(key);
      return [
        { node: lefts, key: leftKey },
        { node: rights, key: rightKey },
      ];
    },
  });
}
