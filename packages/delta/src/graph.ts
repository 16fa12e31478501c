import { append, NONE } from "./append.ts";
import type { Collection, Explanation, Input, Turn } from "./collection.ts";
import { explain } from "./explain.ts";
import { InputNode } from "./input.ts";
import type { Key } from "./key.ts";
import { nodeOf } from "./node.ts";
import type { Home, Node, Part } from "./node.ts";
import { sameValue } from "./same.ts";
import type { Same } from "./same.ts";

/** Collections that change together, one turn after another. */
export interface Graph {
  input<R>(spec: { readonly name: string; readonly same?: Same<R> }): Input<R>;
  /**
   * Makes one atomic step: runs `change`, brings every collection up to date, then tells the listeners.
   *
   * All or nothing: when `change` or a function given to an operator throws, no collection has changed, `now` neither,
   * and the Error comes out. `now` is in milliseconds and may not go back; left out, time stands still.
   */
  turn(change: (turn: Turn) => void, now?: number): void;
  /** The instant of the last finished turn, in milliseconds; 0 before the first. */
  readonly now: number;
  /** The earliest instant, in milliseconds, at which time alone changes a collection: run an empty turn at it. */
  nextWake(): number | undefined;
  /** Rows touched since the beginning, for each operator name. */
  work(): ReadonlyMap<string, number>;
  /** Counts the operators that `build` adds to the part of that name. */
  asPart<T>(name: string, build: () => T): T;
  /** Milliseconds that the operators of each part have run since the beginning; 0 where no clock was given. */
  spent(): ReadonlyMap<string, number>;
  /** The rows that the row at `key` was computed from, down to the inputs; undefined when there is no such row. */
  explain(collection: Collection<unknown>, key: Key): Explanation | undefined;
}

/** An empty graph at instant 0. `elapsed` is a clock in milliseconds, if the time of operators is to be measured. */
export function graph({ elapsed }: { readonly elapsed?: (() => number) | undefined } = {}): Graph {
  const home: Home = { nodes: [], now: 0, busy: undefined, elapsed, part: undefined };
  const parts = new Map<string, Part>();
  return {
    input(spec) {
      if (home.busy !== undefined) throw new Error(`input "${spec.name}" cannot be added during ${home.busy}`);
      const node = new InputNode(home, spec.name, spec.same ?? sameValue);
      home.nodes.push(node);
      return node;
    },
    turn(change, now = home.now) {
      if (home.busy !== undefined) throw new Error(`a turn cannot start during ${home.busy}`);
      if (!(now >= home.now)) throw new Error(`time went back from ${home.now} to ${now}`);
      try {
        runTurn(home, change, now);
      } finally {
        home.busy = undefined;
        for (const node of home.nodes) node.changes = NONE;
      }
    },
    get now() {
      return home.now;
    },
    nextWake() {
      let first: number | undefined;
      for (const node of home.nodes) {
        const wake = node.operator.nextWake?.();
        if (wake !== undefined && (first === undefined || wake < first)) first = wake;
      }
      return first;
    },
    work() {
      const total = new Map<string, number>();
      for (const { name, work } of home.nodes) total.set(name, (total.get(name) ?? 0) + work);
      return total;
    },
    asPart(name, build) {
      const outer = home.part;
      const part = parts.get(name) ?? { spent: 0 };
      parts.set(name, part);
      home.part = part;
      try {
        return build();
      } finally {
        home.part = outer;
      }
    },
    spent: () => new Map([...parts].map(([name, part]) => [name, part.spent])),
    explain(collection, key) {
      const node = nodeOf(collection);
      if (node.home !== home) throw new Error(`"${collection.name}" belongs to another graph`);
      return explain(node, key);
    },
  };
}

function runTurn(home: Home, change: (turn: Turn) => void, now: number): void {
  const hand = new Hand(home);
  let ran: readonly Node<unknown>[] = NONE;
  try {
    home.busy = "the writing of a turn";
    change(hand);
    hand.open = false;
    home.busy = "a turn";
    // Creation order: every source comes before what is made from it, so each node runs once, on finished sources.
    for (const node of home.nodes) {
      if (!node.stirred(now)) continue;
      ran = append(ran, node);
      node.run(now);
    }
  } catch (cause) {
    hand.open = false;
    for (const node of ran) node.rollback();
    for (const node of home.nodes) if (node instanceof InputNode) node.discard();
    throw cause;
  }
  home.now = now;
  for (const node of ran) node.commit();
  home.busy = "the calling of listeners";
  tell(ran);
}

class Hand implements Turn {
  open = true;
  readonly #home: Home;

  constructor(home: Home) {
    this.#home = home;
  }

  set<R>(input: Input<R>, key: Key, row: R): void {
    if (row === undefined)
      throw new Error(`input "${input.name}": the row for key ${JSON.stringify(key)} is undefined`);
    this.#own(input).stage(key, row);
  }

  delete<R>(input: Input<R>, key: Key): void {
    this.#own(input).stage(key, undefined);
  }

  #own<R>(input: Input<R>): InputNode<R> {
    if (!this.open) throw new Error("this turn is over");
    if (!(input instanceof InputNode) || input.home !== this.#home) {
      throw new Error(`"${input.name}" is no input of this graph`);
    }
    return input as InputNode<R>;
  }
}

/** Calls every listener of what changed, even when one throws; then throws what was thrown. */
function tell(ran: readonly Node<unknown>[]): void {
  let failures: unknown[] | undefined;
  for (const { changes, subscriptions } of ran) {
    if (changes.length === 0 || subscriptions.length === 0) continue;
    for (const subscription of subscriptions) {
      try {
        subscription.tell(changes);
      } catch (failure) {
        (failures ??= []).push(failure);
      }
    }
  }
  if (failures?.length === 1) throw failures[0];
  if (failures) throw new AggregateError(failures, "listeners failed");
}
