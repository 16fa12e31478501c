import type { Key } from "./key.ts";

/** One row's change in one turn. Invariant: never both undefined, never both the same. */
export interface Change<R> {
  readonly key: Key;
  readonly before: R | undefined;
  readonly after: R | undefined;
}

/** Rows by key, kept up to date turn by turn. Everything read from it is the state after the last finished turn. */
export interface Collection<R> {
  readonly name: string;
  readonly size: number;
  get(key: Key): R | undefined;
  /** All rows, in no promised order. Not to be held across turns. */
  entries(): Iterable<readonly [Key, R]>;
  /**
   * Calls `listener` once for each turn that changed this collection, when the turn is complete everywhere; the order
   * of the changes within the list is not promised. The listener may read any collection, but may not start a turn.
   * An Error that it throws leaves the turn done and the other listeners called, and comes out of `turn`.
   * Returns the function that ends the subscription.
   */
  subscribe(listener: (changes: readonly Change<R>[]) => void): () => void;
}

/** A collection that is written from outside, by turns. */
export interface Input<R> extends Collection<R> {
  readonly kind: "input";
}

/** The hand that writes inputs during one turn; it refuses to write once the turn is over. */
export interface Turn {
  /** Puts a row. Of several writes to one key in a turn the last one counts. */
  set<R>(input: Input<R>, key: Key, row: NoInfer<R>): void;
  delete<R>(input: Input<R>, key: Key): void;
}

/** Why a row is there: the rows that it was computed from, down to the inputs. */
export interface Explanation {
  readonly collection: string;
  readonly key: Key;
  readonly row: unknown;
  readonly because: readonly Explanation[];
}
