import type { Key } from "../key.ts";

interface Appointment {
  readonly due: number;
  readonly key: Key;
}

/** Keys by due instant: a binary heap, where an entry that `dueOf` contradicts is an old one and doesn't count. */
export class Schedule {
  readonly #dueOf: (key: Key) => number | undefined;
  #heap: Appointment[] = [];

  constructor(dueOf: (key: Key) => number | undefined) {
    this.#dueOf = dueOf;
  }

  get length(): number {
    return this.#heap.length;
  }

  /** The earliest due instant that still counts. */
  first(): number | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#dueOf(top.key) === top.due) return top.due;
      this.#pop();
    }
    return undefined;
  }

  /** Takes out the next key that is due at `now`. */
  take(now: number): Key | undefined {
    const due = this.first();
    return due === undefined || due > now ? undefined : this.#pop()?.key;
  }

  add(key: Key, due: number): void {
    const heap = this.#heap;
    let at = heap.push({ due, key }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfLater(parent, at)) break;
      at = parent;
    }
  }

  /** Forgets everything, then adds these. */
  rebuild(due: Iterable<readonly [Key, number]>): void {
    this.#heap = [];
    for (const [key, instant] of due) this.add(key, instant);
  }

  #pop(): Appointment | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length > 0 && last !== undefined) {
      heap[0] = last;
      let at = 0;
      for (let next = this.#earlierChild(at); this.#swapIfLater(at, next); next = this.#earlierChild(at)) at = next;
    }
    return top;
  }

  #earlierChild(at: number): number {
    const [a, b] = [2 * at + 1, 2 * at + 2];
    return (this.#heap[b]?.due ?? Infinity) < (this.#heap[a]?.due ?? Infinity) ? b : a;
  }

  #swapIfLater(parent: number, child: number): boolean {
    const [a, b] = [this.#heap[parent], this.#heap[child]];
    if (a === undefined || b === undefined || a.due <= b.due) return false;
    this.#heap[parent] = b;
    this.#heap[child] = a;
    return true;
  }
}
