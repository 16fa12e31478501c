import type { Collection } from "../collection.ts";
import { pairKey, splitPair } from "../key.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import type { Node } from "../node.ts";

/** The row type of a collection; of a union of collections, the union of their row types. */
export type RowOf<C> = C extends Collection<infer R> ? R : never;

/**
 * All rows of all sources. The output key is `pairKey(tag, key)`, so rows of different sources never meet under one
 * key. Stores nothing: it reads through to its sources.
 */
export function union<S extends Readonly<Record<string, Collection<unknown>>>>(
  spec: { readonly name: string },
  sources: S,
): Collection<RowOf<S[keyof S]>> {
  type R = RowOf<S[keyof S]>;
  const tagged = new Map(Object.entries(sources).map(([tag, source]) => [tag, nodeOf(source) as Node<R>]));
  const find = (key: Key): { node: Node<R>; key: Key } | undefined => {
    const pair = splitPair(key);
    const node = pair && tagged.get(pair[0]);
    return node && { node, key: pair[1] };
  };
  return derive<R>({
    name: spec.name,
    sources: [...tagged.values()],
    get(key) {
      const place = find(key);
      return place?.node.get(place.key);
    },
    *entries() {
      for (const [tag, node] of tagged) for (const [key, row] of node.entries()) yield [pairKey(tag, key), row];
    },
    run(out) {
      let touched = 0;
      for (const [tag, { changes }] of tagged) {
        touched += changes.length;
        for (const { key, before, after } of changes) out.emit({ key: pairKey(tag, key), before, after });
      }
      return touched;
    },
    commit: () => undefined,
    because(key) {
      const place = find(key);
      return place ? [place] : [];
    },
  });
}
