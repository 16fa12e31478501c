import type { Collection } from "../collection.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import { sameValue } from "../same.ts";
import type { Same } from "../same.ts";
import { demandRow, Table } from "../table.ts";

/** Computes a row from each row; keys stay. */
export function map<R, Out>(
  source: Collection<R>,
  spec: { readonly name: string; readonly row: (row: R, key: Key) => Out; readonly same?: Same<Out> },
): Collection<Out> {
  const from = nodeOf(source);
  const table = new Table(spec.same ?? sameValue);
  return derive<Out>({
    name: spec.name,
    sources: [from],
    get: (key) => table.get(key),
    entries: () => table.entries(),
    run(out) {
      for (const { key, after } of from.changes) {
        table.put(out, key, after === undefined ? undefined : demandRow(spec.row(after, key), key));
      }
      return from.changes.length;
    },
    commit: (changes) => {
      table.commit(changes);
    },
    because: (key) => [{ node: from, key }],
  });
}
