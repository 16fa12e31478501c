import type { Collection } from "../collection.ts";
import { unpairKey } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import { demandRow, Table } from "../table.ts";
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
  const sources = [nodeOf(left), nodeOf(right)] as const;
  const table = new Table(spec.same ?? sameValue);
  const pairing = new Pairing(...sources, spec, (l: L, r: R) => demandRow(spec.row(l, r), "of a pair"));
  return derive<Out>({
    name: spec.name,
    sources,
    get: (key) => table.get(key),
    entries: () => table.entries(),
    run(out) {
      const { pairs, touched } = pairing.run((pair) => table.has(pair));
      for (const [pair, row] of pairs) table.put(out, pair, row);
      return touched;
    },
    commit(changes) {
      pairing.commit();
      table.commit(changes);
    },
    rollback: () => {
      pairing.rollback();
    },
    because(key) {
      const [leftKey, rightKey] = unpairKey(key);
      return [
        { node: sources[0], key: leftKey },
        { node: sources[1], key: rightKey },
      ];
    },
  });
}
