import { append, NONE } from "../append.ts";
import type { Change, Collection } from "../collection.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import type { Same } from "../same.ts";
import { Table } from "../table.ts";
import { edited, gathered } from "./group.ts";
import type { Edits, Group } from "./group.ts";

export interface Grouping<R, Out> {
  readonly name: string;
  readonly by: (row: R, key: Key) => Key | undefined;
  readonly reduce: (rows: Group<R>, group: Key) => Out | undefined;
  readonly same: Same<Out>;
  /** The rows of the group that the reduction depends on. */
  readonly because: (rows: Group<R>) => Group<R>;
}

/** Reduces each touched group once in a turn. Work is the size of the touched groups. */
export function grouped<R, Out>(source: Collection<R>, grouping: Grouping<R, Out>): Collection<Out> {
  const { by, reduce } = grouping;
  const from = nodeOf(source);
  const table = new Table(grouping.same);
  const groups = new Map<Key, Group<R>>();
  let staged: readonly { readonly group: Key; readonly rows: Group<R> }[] = NONE;

  const editsOf = (changes: readonly Change<R>[]): readonly Edits<R>[] => {
    let all: readonly Edits<R>[] = NONE;
    for (const { key, before, after } of changes) {
      const out = before === undefined ? undefined : by(before, key);
      const into = after === undefined ? undefined : by(after, key);
      if (out !== undefined && out !== into) all = append(all, { group: out, edits: [{ key, row: undefined }] });
      if (into !== undefined) all = append(all, { group: into, edits: [{ key, row: after }] });
    }
    return gathered(all);
  };

  return derive<Out>({
    name: grouping.name,
    sources: [from],
    get: (key) => table.get(key),
    entries: () => table.entries(),
    run(out) {
      let touched = from.changes.length;
      for (const { group, edits } of editsOf(from.changes)) {
        const rows = edited(groups.get(group) ?? [], edits);
        touched += rows.length;
        staged = append(staged, { group, rows });
        table.put(out, group, rows.length === 0 ? undefined : reduce(rows, group));
      }
      return touched;
    },
    commit(changes) {
      for (const { group, rows } of staged) {
        if (rows.length === 0) groups.delete(group);
        else groups.set(group, rows);
      }
      staged = NONE;
      table.commit(changes);
    },
    rollback() {
      staged = NONE;
    },
    because: (group) => grouping.because(groups.get(group) ?? []).map(([key]) => ({ node: from, key })),
  });
}
