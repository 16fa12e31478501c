import { compareKeys } from "../key.ts";
import type { Key } from "../key.ts";

/** The rows of one group in key order. Never changed in place: a reduction may keep it, and a turn may be taken back. */
export type Group<R> = readonly (readonly [Key, R])[];

/** A row to put into a group; undefined takes out the one at that key. */
export interface Edit<R> {
  readonly key: Key;
  readonly row: R | undefined;
}

/** The edits of one group in one turn, each key at most once. */
export interface Edits<R> {
  readonly group: Key;
  readonly edits: Edit<R>[];
}

/** With this many edits at once it is cheaper to merge than to insert one by one. */
const FEW = 8;

/** The group after the edits, in key order. */
export function edited<R>(group: Group<R>, edits: readonly Edit<R>[]): Group<R> {
  return edits.length <= FEW ? inserted(group, edits) : merged(group, edits);
}

function inserted<R>(group: Group<R>, edits: readonly Edit<R>[]): Group<R> {
  const rows = group.slice();
  for (const { key, row } of edits) {
    const at = position(rows, key);
    const found = rows[at]?.[0] === key;
    if (row === undefined) {
      if (found) rows.splice(at, 1);
    } else if (found) rows[at] = [key, row];
    else if (at === rows.length) rows.push([key, row]);
    else rows.splice(at, 0, [key, row]);
  }
  return rows;
}

/** Where `key` is in the group, or belongs. */
function position<R>(group: Group<R>, key: Key): number {
  let low = 0;
  let high = group.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((group[middle]?.[0] ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merged<R>(group: Group<R>, edits: readonly Edit<R>[]): Group<R> {
  const changed = new Set(edits.map(({ key }) => key));
  const rows = group.filter(([key]) => !changed.has(key));
  for (const { key, row } of edits) if (row !== undefined) rows.push([key, row]);
  return rows.sort(([a], [b]) => compareKeys(a, b));
}

/** The same edits, with those of one group together. */
export function gathered<R>(all: readonly Edits<R>[]): readonly Edits<R>[] {
  if (all.length <= 1) return all;
  const groups = new Map<Key, Edits<R>>();
  for (const each of all) {
    const known = groups.get(each.group);
    if (known === undefined) groups.set(each.group, each);
    else known.edits.push(...each.edits);
  }
  return [...groups.values()];
}
