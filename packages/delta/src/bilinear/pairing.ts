import type { Change } from "../collection.ts";
import type { Key } from "../key.ts";
import { KeyIndex } from "./key-index.ts";
import type { JoinKey, Move } from "./key-index.ts";
import type { PairTable } from "./pair-table.ts";

/** What two sides have to agree on to match: the same join key, and `where` when it is given. */
export interface Matching<L, R> {
  readonly leftKey: JoinKey<L>;
  readonly rightKey: JoinKey<R>;
  readonly where?: (left: L, right: R) => boolean;
}

/** Hears of a left row whose matches may have changed because a right row did. */
type OnLeft<L> = (key: Key, row: L, joinKey: Key) => void;

/**
 * The pairs of matching rows of two sides.
 *
 * Δ(L ⋈ R) = ΔL ⋈ (R + ΔR) + (L + ΔL) ⋈ ΔR − ΔL ⋈ ΔR: both sides are brought up to date first, and a pair of which
 * both rows changed is visited from the left only. So user functions see pairs of the new state and no others.
 */
export class Pairing<L, R, Out> {
  readonly lefts: KeyIndex<L>;
  readonly rights: KeyIndex<R>;
  readonly #matching: Matching<L, R>;
  readonly #row: (left: L, right: R) => Out;
  readonly #pairs: PairTable<Out>;
  readonly #onLeft: OnLeft<L> | undefined;

  constructor(pairs: PairTable<Out>, matching: Matching<L, R>, row: (left: L, right: R) => Out, onLeft?: OnLeft<L>) {
    this.lefts = new KeyIndex(matching.leftKey);
    this.rights = new KeyIndex(matching.rightKey);
    this.#pairs = pairs;
    this.#matching = matching;
    this.#row = row;
    this.#onLeft = onLeft;
  }

  /** Stages every pair that came, went or may have changed, and returns the number of rows touched. */
  run(leftChanges: readonly Change<L>[], rightChanges: readonly Change<R>[]): number {
    const left = this.lefts.stage(leftChanges);
    const right = this.rights.stage(rightChanges);
    let touched = left.length + right.length;
    for (const move of left) touched += this.#leave(move);
    this.lefts.apply(left);
    this.rights.apply(right);
    for (const move of right) touched += this.#leaveRight(move);
    for (const move of left) touched += this.#come(move);
    const done = left.length > 0 && right.length > 0 ? new Set(left.map(({ key }) => key)) : undefined;
    for (const move of right) touched += this.#comeRight(move, done);
    return touched;
  }

  matches(left: L, right: R): boolean {
    const { where } = this.#matching;
    return where === undefined || where(left, right);
  }

  commit(): void {
    this.lefts.commit();
    this.rights.commit();
  }

  rollback(): void {
    this.lefts.rollback();
    this.rights.rollback();
  }

  /** ΔL going away from its join key, against R. */
  #leave({ key, from, to }: Move<L>): number {
    if (from === undefined || from === to) return 0;
    return this.rights.each(from, (_, rightKey) => {
      this.#pairs.stage(key, rightKey, undefined);
    });
  }

  /** ΔR going away from its join key, against L + ΔL. */
  #leaveRight({ key, from, to }: Move<R>): number {
    if (from === undefined || from === to) return 0;
    return this.lefts.each(from, (l, leftKey) => {
      this.#pairs.stage(leftKey, key, undefined);
      this.#onLeft?.(leftKey, l, from);
    });
  }

  /** ΔL at its join key, against R + ΔR. */
  #come({ key, after, to }: Move<L>): number {
    if (after === undefined || to === undefined) return 0;
    return this.rights.each(to, (r, rightKey) => {
      this.#match(key, after, rightKey, r);
    });
  }

  /** ΔR at its join key, against L + ΔL without the rows that are done. */
  #comeRight({ key, after, to }: Move<R>, done: ReadonlySet<Key> | undefined): number {
    if (after === undefined || to === undefined) return 0;
    return this.lefts.each(to, (l, leftKey) => {
      if (done?.has(leftKey)) return;
      this.#match(leftKey, l, key, after);
      this.#onLeft?.(leftKey, l, to);
    });
  }

  #match(leftKey: Key, left: L, rightKey: Key, right: R): void {
    this.#pairs.stage(leftKey, rightKey, this.matches(left, right) ? this.#row(left, right) : undefined);
  }
}
