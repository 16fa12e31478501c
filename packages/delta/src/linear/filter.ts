import type { Collection } from "../collection.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";

/** Keeps the rows for which `where` holds; keys stay. Stores nothing: it reads through to its source. */
export function filter<R, Kept extends R>(
  source: Collection<R>,
  spec: { readonly name: string; readonly where: (row: R, key: Key) => row is Kept },
): Collection<Kept>;
export function filter<R>(
  source: Collection<R>,
  spec: { readonly name: string; readonly where: (row: R, key: Key) => boolean },
): Collection<R>;
export function filter<R>(
  source: Collection<R>,
  spec: { readonly name: string; readonly where: (row: R, key: Key) => boolean },
): Collection<R> {
  const from = nodeOf(source);
  const kept = (row: R | undefined, key: Key): R | undefined =>
    row !== undefined && spec.where(row, key) ? row : undefined;
  return derive<R>({
    name: spec.name,
    sources: [from],
    get: (key) => kept(from.get(key), key),
    *entries() {
      for (const entry of from.entries()) if (spec.where(entry[1], entry[0])) yield entry;
    },
    run(out) {
      for (const change of from.changes) {
        const before = kept(change.before, change.key);
        const after = kept(change.after, change.key);
        if (before === change.before && after === change.after) out.emit(change);
        else if (before !== undefined || after !== undefined) out.emit({ key: change.key, before, after });
      }
      return from.changes.length;
    },
    commit: () => undefined,
    because: (key) => [{ node: from, key }],
  });
}
