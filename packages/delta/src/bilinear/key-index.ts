import { append, NONE } from "../append.ts";
import type { Change } from "../collection.ts";
import type { Key } from "../key.ts";

/** Computes the join key of a row; a row without one (undefined) matches nothing. */
export type JoinKey<R> = (row: R, key: Key) => Key | undefined;

/** A changed row of one side of a join, with the join key that it leaves and the one that it comes to. */
export interface Move<R> extends Change<R> {
  readonly from: Key | undefined;
  readonly to: Key | undefined;
}

/** Rows that share a join key. Most often it is one row, for which a Map would cost ten times the memory. */
type Bucket<R> = Map<Key, R> | Single<R>;

interface Single<R> {
  readonly key: Key;
  readonly row: R;
}

/** One side of a join, by join key. Moves are staged (user code runs), applied (it can't fail), and kept or taken back. */
export class KeyIndex<R> {
  readonly #joinKey: JoinKey<R>;
  readonly #buckets = new Map<Key, Bucket<R>>();
  #applied: readonly Move<R>[] = NONE;

  constructor(joinKey: JoinKey<R>) {
    this.#joinKey = joinKey;
  }

  stage(changes: readonly Change<R>[]): readonly Move<R>[] {
    let moves: readonly Move<R>[] = NONE;
    for (const { key, before, after } of changes) {
      const from = before === undefined ? undefined : this.#joinKey(before, key);
      const to = after === undefined ? undefined : this.#joinKey(after, key);
      moves = append(moves, { key, before, after, from, to });
    }
    return moves;
  }

  apply(moves: readonly Move<R>[]): void {
    this.#applied = moves;
    for (const { key, after, from, to } of moves) {
      if (from !== undefined && from !== to) this.#remove(from, key);
      if (to !== undefined && after !== undefined) this.#add(to, key, after);
    }
  }

  commit(): void {
    this.#applied = NONE;
  }

  rollback(): void {
    for (const { key, before, from, to } of this.#applied) {
      if (to !== undefined && from !== to) this.#remove(to, key);
      if (from !== undefined && before !== undefined) this.#add(from, key, before);
    }
    this.#applied = NONE;
  }

  has(joinKey: Key): boolean {
    return this.#buckets.has(joinKey);
  }

  /** Visits every row with that join key, in no particular order; returns how many there are. */
  each(joinKey: Key, visit: (row: R, key: Key) => void): number {
    const bucket = this.#buckets.get(joinKey);
    if (bucket === undefined) return 0;
    if (bucket instanceof Map) {
      bucket.forEach(visit);
      return bucket.size;
    }
    visit(bucket.row, bucket.key);
    return 1;
  }

  some(joinKey: Key, test: (row: R) => boolean): boolean {
    const bucket = this.#buckets.get(joinKey);
    if (bucket === undefined) return false;
    if (!(bucket instanceof Map)) return test(bucket.row);
    for (const row of bucket.values()) if (test(row)) return true;
    return false;
  }

  #add(joinKey: Key, key: Key, row: R): void {
    const bucket = this.#buckets.get(joinKey);
    if (bucket instanceof Map) bucket.set(key, row);
    else if (bucket === undefined || bucket.key === key) this.#buckets.set(joinKey, { key, row });
    else this.#buckets.set(joinKey, new Map([[bucket.key, bucket.row]]).set(key, row));
  }

  #remove(joinKey: Key, key: Key): void {
    const bucket = this.#buckets.get(joinKey);
    if (!(bucket instanceof Map) || (bucket.delete(key) && bucket.size === 0)) this.#buckets.delete(joinKey);
  }
}
