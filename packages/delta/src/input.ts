import type { Change, Input } from "./collection.ts";
import type { Key } from "./key.ts";
import type { Home } from "./node.ts";
import { Node } from "./node.ts";
import type { Same } from "./same.ts";
import { Table } from "./table.ts";

/** A collection written by turns: what a turn writes is staged here and becomes changes when the turn runs. */
export class InputNode<R> extends Node<R> implements Input<R> {
  readonly kind = "input";
  readonly #staged: Staged<R>;

  constructor(home: Home, name: string, same: Same<R>) {
    const staged: Staged<R> = { keys: [], rows: [] };
    const table = new Table(same);
    super(home, {
      name,
      sources: [],
      get: (key) => table.get(key),
      entries: () => table.entries(),
      run(out: Change<R>[]) {
        for (const [key, row] of lastWrites(staged)) table.put(out, key, row);
        return staged.keys.length;
      },
      commit(changes) {
        table.commit(changes);
        clear(staged);
      },
      because: () => [],
    });
    this.#staged = staged;
  }

  stage(key: Key, row: R | undefined): void {
    this.#staged.keys.push(key);
    this.#staged.rows.push(row);
  }

  override stirred(): boolean {
    return this.#staged.keys.length > 0;
  }

  discard(): void {
    clear(this.#staged);
  }
}

/** The writes of a turn, in order: most turns write one row, for which this costs next to nothing. */
interface Staged<R> {
  keys: Key[];
  rows: (R | undefined)[];
}

function clear(staged: Staged<unknown>): void {
  if (staged.keys.length === 0) return;
  staged.keys = [];
  staged.rows = [];
}

/** For each key the row that was written last. */
function lastWrites<R>({ keys, rows }: Staged<R>): Iterable<readonly [Key, R | undefined]> {
  const writes = keys.map((key, i) => [key, rows[i]] as const);
  return writes.length === 1 ? writes : new Map(writes);
}
