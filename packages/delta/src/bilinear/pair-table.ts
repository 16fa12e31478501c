import { append, NONE } from "../append.ts";
import { pairKey, splitPair } from "../key.ts";
import type { Key } from "../key.ts";
import type { Output } from "../node.ts";
import type { Same } from "../same.ts";

/** Says of a cell that this turn has not touched it. */
const UNTOUCHED: unique symbol = Symbol("untouched");

/** The row of a pair. It keeps the pair's key too: to build and hash that string anew would cost more than the rest. */
interface Cell<Out> {
  readonly left: Key;
  readonly right: Key;
  readonly pair: Key;
  row: Out;
  /** What the turn in progress makes of the row. */
  next: Out | undefined | typeof UNTOUCHED;
}

/** The rows of a join by left and right key; most left rows have one match, which needs no Map of its own. */
export class PairTable<Out> {
  readonly #same: Same<Out>;
  readonly #cells = new Map<Key, Cell<Out> | Map<Key, Cell<Out>>>();
  #touched: readonly Cell<Out>[] = NONE;
  #fresh: readonly Cell<Out>[] = NONE;

  constructor(same: Same<Out>) {
    this.#same = same;
  }

  get(key: Key): Out | undefined {
    const pair = splitPair(key);
    return pair && this.#find(pair[0], pair[1])?.row;
  }

  *entries(): Iterable<readonly [Key, Out]> {
    for (const cells of this.#cells.values()) {
      if (cells instanceof Map) for (const cell of cells.values()) yield [cell.pair, cell.row];
      else yield [cells.pair, cells.row];
    }
  }

  /** Stages a row for a pair, or its end; the last word of a turn counts. A new pair may be staged once. */
  stage(left: Key, right: Key, row: Out | undefined): void {
    const cell = this.#find(left, right);
    if (cell) {
      if (cell.next === UNTOUCHED) this.#touched = append(this.#touched, cell);
      cell.next = row;
    } else if (row !== undefined) {
      this.#fresh = append(this.#fresh, { left, right, pair: pairKey(left, right), row, next: UNTOUCHED });
    }
  }

  /** Whether a row is staged for a pair that has one already. */
  isRenewed(left: Key, right: Key): boolean {
    const next = this.#find(left, right)?.next;
    return next !== UNTOUCHED && next !== undefined;
  }

  /** Emits the changes that the staged rows make. */
  emit(out: Output<Out>): void {
    for (const cell of this.#touched) {
      const { pair, row: before } = cell;
      if (cell.next === UNTOUCHED) continue;
      if (cell.next !== undefined && this.#same(before, cell.next)) cell.next = before;
      else out.emit({ key: pair, before, after: cell.next });
    }
    for (const { pair, row } of this.#fresh) out.emit({ key: pair, before: undefined, after: row });
  }

  commit(): void {
    for (const cell of this.#touched) {
      if (cell.next === undefined) this.#remove(cell);
      else if (cell.next !== UNTOUCHED) cell.row = cell.next;
    }
    for (const cell of this.#fresh) this.#add(cell);
    this.rollback();
  }

  rollback(): void {
    for (const cell of this.#touched) cell.next = UNTOUCHED;
    this.#touched = NONE;
    this.#fresh = NONE;
  }

  #find(left: Key, right: Key): Cell<Out> | undefined {
    const cells = this.#cells.get(left);
    if (cells instanceof Map) return cells.get(right);
    return cells?.right === right ? cells : undefined;
  }

  #add(cell: Cell<Out>): void {
    const cells = this.#cells.get(cell.left);
    if (cells instanceof Map) cells.set(cell.right, cell);
    else if (cells === undefined) this.#cells.set(cell.left, cell);
    else this.#cells.set(cell.left, new Map([[cells.right, cells]]).set(cell.right, cell));
  }

  #remove({ left, right }: Cell<Out>): void {
    const cells = this.#cells.get(left);
    if (!(cells instanceof Map) || (cells.delete(right) && cells.size === 0)) this.#cells.delete(left);
  }
}
