import { pairKey } from "../key.ts";
import type { Key } from "../key.ts";
import type { Node } from "../node.ts";
import { KeyIndex } from "./key-index.ts";
import type { JoinKey } from "./key-index.ts";

/** What two sides have to agree on to match: the same join key, and `where` when it is given. */
export interface Matching<L, R> {
  readonly leftKey: JoinKey<L>;
  readonly rightKey: JoinKey<R>;
  readonly where?: (left: L, right: R) => boolean;
}

/** What one turn did to the pairs of a join. */
export interface PairChanges<Out> {
  /** The new row of every pair that came or may have changed; undefined for every pair that may have gone. */
  readonly pairs: Map<Key, Out | undefined>;
  readonly touched: number;
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
  readonly #left: Node<L>;
  readonly #right: Node<R>;
  readonly #where: ((left: L, right: R) => boolean) | undefined;
  readonly #row: (left: L, right: R) => Out;

  constructor(left: Node<L>, right: Node<R>, matching: Matching<L, R>, row: (left: L, right: R) => Out) {
    this.lefts = new KeyIndex(matching.leftKey);
    this.rights = new KeyIndex(matching.rightKey);
    this.#left = left;
    this.#right = right;
    this.#where = matching.where;
    this.#row = row;
  }

  run(had: (pair: Key, left: Key, right: Key) => boolean, onLeft?: OnLeft<L>): PairChanges<Out> {
    const pairs = new Map<Key, Out | undefined>();
    const left = this.lefts.stage(this.#left.changes);
    const right = this.rights.stage(this.#right.changes);
    let touched = left.length + right.length;
    const retract = (leftKey: Key, rightKey: Key): void => {
      const pair = pairKey(leftKey, rightKey);
      if (had(pair, leftKey, rightKey)) pairs.set(pair, undefined);
    };
    const match = (leftKey: Key, l: L, rightKey: Key, r: R): void => {
      const pair = pairKey(leftKey, rightKey);
      if (this.matches(l, r)) pairs.set(pair, this.#row(l, r));
      else if (had(pair, leftKey, rightKey)) pairs.set(pair, undefined);
    };

    for (const { key, from, to } of left) {
      if (from === undefined || from === to) continue;
      touched += this.rights.each(from, (_, rightKey) => {
        retract(key, rightKey);
      });
    }
    this.lefts.apply(left);
    this.rights.apply(right);
    for (const { key, from, to } of right) {
      if (from === undefined || from === to) continue;
      touched += this.lefts.each(from, (l, leftKey) => {
        retract(leftKey, key);
        onLeft?.(leftKey, l, from);
      });
    }
    for (const { key, after, to } of left) {
      if (after === undefined || to === undefined) continue;
      touched += this.rights.each(to, (r, rightKey) => {
        match(key, after, rightKey, r);
      });
    }
    const seen = left.length > 0 && right.length > 0 ? new Set(left.map(({ key }) => key)) : undefined;
    for (const { key, after, to } of right) {
      if (after === undefined || to === undefined) continue;
      touched += this.lefts.each(to, (l, leftKey) => {
        if (seen?.has(leftKey)) return;
        match(leftKey, l, key, after);
        onLeft?.(leftKey, l, to);
      });
    }
    return { pairs, touched };
  }

  matches(left: L, right: R): boolean {
    return this.#where === undefined || this.#where(left, right);
  }

  commit(): void {
    this.lefts.commit();
    this.rights.commit();
  }

  rollback(): void {
    this.lefts.rollback();
    this.rights.rollback();
  }
}
