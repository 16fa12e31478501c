import type { Collection } from "../collection.ts";
import type { Key } from "../key.ts";
import { derive, nodeOf } from "../node.ts";
import { Schedule } from "./schedule.ts";

/**
 * Keeps a row while `now` is before `at + span` (milliseconds); keys stay. The instant at which the next row leaves
 * counts for the graph's `nextWake`. A row whose `at + span` is not a number is not kept; an infinite one stays.
 * Stores keys and instants, not rows.
 */
export function window<R>(
  source: Collection<R>,
  spec: {
    readonly name: string;
    readonly at: (row: R) => number;
    readonly span: number | ((row: R) => number);
  },
): Collection<R> {
  const from = nodeOf(source);
  const { at, span } = spec;
  const dueOf = (row: R): number => at(row) + (typeof span === "number" ? span : span(row));
  /** Invariant between turns: exactly the rows kept, each with an instant after `now`. */
  const kept = new Map<Key, number>();
  const schedule = new Schedule((key) => kept.get(key));
  let staged = new Map<Key, number | undefined>();
  let taken: Key[] = [];

  return derive<R>({
    name: spec.name,
    sources: [from],
    get: (key) => (kept.has(key) ? from.get(key) : undefined),
    *entries() {
      for (const entry of from.entries()) if (kept.has(entry[0])) yield entry;
    },
    run(out, now) {
      for (const change of from.changes) {
        const { key } = change;
        const due = change.after === undefined ? -Infinity : dueOf(change.after);
        const before = kept.has(key) ? change.before : undefined;
        const after = now < due ? change.after : undefined;
        if (before !== undefined || after !== undefined) out.emit({ key, before, after });
        staged.set(key, after === undefined ? undefined : due);
      }
      for (let key = schedule.take(now); key !== undefined; key = schedule.take(now)) {
        taken.push(key);
        if (staged.has(key)) continue;
        out.emit({ key, before: from.get(key), after: undefined });
        staged.set(key, undefined);
      }
      return from.changes.length + taken.length;
    },
    commit() {
      for (const [key, due] of staged) {
        if (due === undefined) kept.delete(key);
        else {
          kept.set(key, due);
          if (due < Infinity) schedule.add(key, due);
        }
      }
      staged = new Map();
      taken = [];
      // Entries of rows that were moved or taken out stay in the heap until due; not more of them than rows.
      if (schedule.length > 2 * kept.size + 16) schedule.rebuild(kept);
    },
    rollback() {
      for (const key of taken) schedule.add(key, kept.get(key) ?? 0);
      staged = new Map();
      taken = [];
    },
    because: (key) => [{ node: from, key }],
    nextWake: () => schedule.first(),
  });
}
