import type { Change } from "./collection.ts";
import type { Key } from "./key.ts";
import type { Output } from "./node.ts";
import type { Same } from "./same.ts";

/** The stored rows of an operator that computes new rows. */
export class Table<R> {
  readonly #rows = new Map<Key, R>();
  readonly #same: Same<R>;

  constructor(same: Same<R>) {
    this.#same = same;
  }

  get(key: Key): R | undefined {
    return this.#rows.get(key);
  }

  has(key: Key): boolean {
    return this.#rows.has(key);
  }

  entries(): Iterable<readonly [Key, R]> {
    return this.#rows.entries();
  }

  /** Emits the change that makes `after` the row at `key`, if that is a change. At most once for each key in a turn. */
  put(out: Output<R>, key: Key, after: R | undefined): void {
    const before = this.#rows.get(key);
    if (before === undefined ? after === undefined : after !== undefined && this.#same(before, after)) return;
    out.emit({ key, before, after });
  }

  commit(changes: readonly Change<R>[]): void {
    for (const { key, after } of changes) {
      if (after === undefined) this.#rows.delete(key);
      else this.#rows.set(key, after);
    }
  }
}

/** The row that a user function gave; `undefined` means absence everywhere, so as a row it is a bug. */
export function demandRow<R>(row: R, key: Key): R {
  if (row === undefined) throw new Error(`the row for key ${JSON.stringify(key)} is undefined`);
  return row;
}
