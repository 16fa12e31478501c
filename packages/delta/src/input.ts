import { append, NONE } from "./append.ts";
import type { Input } from "./collection.ts";
import type { Key } from "./key.ts";
import type { Home } from "./node.ts";
import { Node } from "./node.ts";
import type { Same } from "./same.ts";
import { Table } from "./table.ts";

/** A row written, or deleted (undefined), in the turn in progress. */
interface Write<R> {
  readonly key: Key;
  readonly row: R | undefined;
}

/** A collection written by turns: what a turn writes is staged here and becomes changes when the turn runs. */
export class InputNode<R> extends Node<R> implements Input<R> {
  readonly kind = "input";
  #writes: readonly Write<R>[] = NONE;

  constructor(home: Home, name: string, same: Same<R>) {
    const table = new Table(same);
    super(home, {
      name,
      sources: [],
      get: (key) => table.get(key),
      entries: () => table.entries(),
      run: (out) => {
        for (const { key, row } of lastWrites(this.#writes)) table.put(out, key, row);
        return this.#writes.length;
      },
      commit: (changes) => {
        table.commit(changes);
        this.#writes = NONE;
      },
      because: () => [],
    });
  }

  override stirred(): boolean {
    return this.#writes.length > 0;
  }

  stage(key: Key, row: R | undefined): void {
    this.#writes = append(this.#writes, { key, row });
  }

  discard(): void {
    this.#writes = NONE;
  }
}

/** For each key its last write. Most turns write one row, for which this costs nothing. */
function lastWrites<R>(writes: readonly Write<R>[]): Iterable<Write<R>> {
  return writes.length === 1 ? writes : new Map(writes.map((write) => [write.key, write])).values();
}
