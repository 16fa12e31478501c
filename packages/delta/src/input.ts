import type { Change, Input } from "./collection.ts";
import type { Key } from "./key.ts";
import type { Home } from "./node.ts";
import { Node } from "./node.ts";
import type { Same } from "./same.ts";
import { Table } from "./table.ts";

/** A collection written by turns: what a turn writes is staged here and becomes changes when the turn runs. */
export class InputNode<R> extends Node<R> implements Input<R> {
  readonly kind = "input";
  readonly #staged: Map<Key, R | undefined>;

  constructor(home: Home, name: string, same: Same<R>) {
    const staged = new Map<Key, R | undefined>();
    const table = new Table(same);
    super(home, {
      name,
      sources: [],
      get: (key) => table.get(key),
      entries: () => table.entries(),
      run(out: Change<R>[]) {
        for (const [key, row] of staged) table.put(out, key, row);
        return staged.size;
      },
      commit(changes) {
        table.commit(changes);
        staged.clear();
      },
      because: () => [],
    });
    this.#staged = staged;
  }

  stage(key: Key, row: R | undefined): void {
    this.#staged.set(key, row);
  }

  discard(): void {
    this.#staged.clear();
  }
}
