import { append, NONE } from "./append.ts";
import type { Change, Collection } from "./collection.ts";
import type { Key } from "./key.ts";

/** What a graph shares with its nodes. */
export interface Home {
  readonly nodes: Node<unknown>[];
  now: number;
  /** What the graph is in the middle of, if anything; no turn starts and no operator is added meanwhile. */
  busy: string | undefined;
  /** Milliseconds on a clock that never jumps, where the time of operators is measured. */
  readonly elapsed: (() => number) | undefined;
  /** What the operators that are being added are part of. */
  part: Part | undefined;
}

/** What some operators are part of, and how many milliseconds they have run. */
export interface Part {
  spent: number;
}

/** A row of a source that an output row was computed from. */
export interface Cause {
  readonly node: Node<unknown>;
  readonly key: Key;
}

/** Where an operator puts its changes. */
export interface Output<R> {
  emit(change: Change<R>): void;
}

/**
 * What makes one collection out of others. User functions are called by `run` alone, so `run` alone may throw.
 *
 * Invariant: until `commit`, `get` and `entries` answer as before the turn; after `rollback` it is as if `run` had not been.
 */
export interface Operator<R> {
  readonly name: string;
  readonly sources: readonly Node<unknown>[];
  get(key: Key): R | undefined;
  entries(): Iterable<readonly [Key, R]>;
  /** Reads the changes of its sources, emits its own (each key at most once), returns the number of rows touched. */
  run(out: Output<R>, now: number): number;
  commit(changes: readonly Change<R>[]): void;
  rollback?(): void;
  /** The rows that the row at `key` was computed from. Called for present rows only. */
  because(key: Key): readonly Cause[];
  /** The earliest instant at which the passing of time alone changes the output. */
  nextWake?(): number | undefined;
}

/** A subscription. An object of its own, so that one function may subscribe twice. */
export interface Subscription<R> {
  tell(changes: readonly Change<R>[]): void;
}

export class Node<R> implements Collection<R>, Output<R> {
  readonly name: string;
  readonly home: Home;
  readonly operator: Operator<R>;
  readonly part: Part | undefined;
  /** Replaced, never changed in place, so that a listener may subscribe and unsubscribe. */
  subscriptions: readonly Subscription<R>[] = [];
  /** The changes of the turn in progress; empty between turns. */
  changes: readonly Change<R>[] = NONE;
  size = 0;
  work = 0;

  constructor(home: Home, operator: Operator<R>) {
    this.name = operator.name;
    this.home = home;
    this.operator = operator;
    this.part = home.part;
  }

  get(key: Key): R | undefined {
    return this.operator.get(key);
  }

  entries(): Iterable<readonly [Key, R]> {
    return this.operator.entries();
  }

  subscribe(listener: (changes: readonly Change<R>[]) => void): () => void {
    const subscription: Subscription<R> = { tell: listener };
    this.subscriptions = [...this.subscriptions, subscription];
    return () => {
      this.subscriptions = this.subscriptions.filter((other) => other !== subscription);
    };
  }

  emit(change: Change<R>): void {
    this.changes = append(this.changes, change);
  }

  /** Whether this turn gives the operator anything to do. */
  stirred(now: number): boolean {
    for (const source of this.operator.sources) if (source.changes.length > 0) return true;
    const wake = this.operator.nextWake?.();
    return wake !== undefined && wake <= now;
  }

  run(now: number): void {
    const { part } = this;
    const begin = part === undefined ? undefined : this.home.elapsed?.();
    try {
      this.work += this.operator.run(this, now);
      if (part !== undefined && begin !== undefined) part.spent += (this.home.elapsed?.() ?? begin) - begin;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`operator "${this.name}" failed: ${reason}`, { cause });
    }
  }

  commit(): void {
    for (const { before, after } of this.changes) {
      if (before === undefined) this.size++;
      else if (after === undefined) this.size--;
    }
    this.operator.commit(this.changes);
  }

  rollback(): void {
    this.operator.rollback?.();
  }
}

/** The node behind a collection. Throws an Error for a collection that this engine did not make. */
export function nodeOf<R>(collection: Collection<R>): Node<R> {
  if (!(collection instanceof Node)) throw new Error(`"${collection.name}" is not a collection of a delta graph`);
  return collection as Node<R>;
}

/** Adds an operator to the graph of its sources and computes it from the rows that they have already. */
export function derive<R>(operator: Operator<R>): Collection<R> {
  const [first] = operator.sources;
  if (first === undefined) throw new Error(`operator "${operator.name}" has no source`);
  const { home } = first;
  if (home.busy !== undefined) throw new Error(`operator "${operator.name}" cannot be added during ${home.busy}`);
  for (const source of operator.sources) {
    if (source.home !== home) throw new Error(`operator "${operator.name}" has sources in different graphs`);
  }
  const node = new Node(home, operator);
  load(node);
  home.nodes.push(node);
  return node;
}

/** Shows the operator the rows of its sources as insertions: to it, the first turn is a turn like any other. */
function load(node: Node<unknown>): void {
  const { sources } = node.operator;
  try {
    for (const source of sources) {
      source.changes = Array.from(source.entries(), ([key, after]) => ({ key, before: undefined, after }));
    }
    node.run(node.home.now);
    node.commit();
  } finally {
    for (const source of sources) source.changes = NONE;
    node.changes = NONE;
  }
}
