import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import type { Graph, Input, Turn } from "@headgate/delta";
import { untilAborted } from "./abort.ts";
import type { Sink } from "./replica.ts";
import type { Runner } from "./runner.ts";

/** Brings changes into a graph, those of one moment in one turn. As a runner it ends with whatever a turn throws. */
export interface GraphFeed extends Runner {
  /** Makes the change with the next turn, in the order of the calls. May be called from a subscriber of the graph. */
  change(change: (turn: Turn) => void): void;
  /**
   * A sink that keeps its part of an input equal to what it is told. Sinks may share an input as long as their keys differ;
   * each takes out only what it put in. Without `key` a row stands under `nameKey`.
   */
  sink(input: Input<KubeObject>, key?: (object: KubeObject) => string): Sink;
  /** Makes what waits now. Must not be called from a subscriber. */
  flush(): void;
}

/** A feed for the graph; every other way to change the graph's inputs would break the order of what this one brings. */
export function graphFeed(graph: Graph): GraphFeed {
  let waiting: ((turn: Turn) => void)[] = [];
  const bug = Promise.withResolvers<never>();
  // Whoever runs the feed is told; without a runner there is nobody to tell.
  bug.promise.catch(() => undefined);

  const flush = (): void => {
    const changes = waiting;
    waiting = [];
    if (changes.length === 0) return;
    graph.turn((turn) => {
      for (const change of changes) change(turn);
    });
  };
  const change = (made: (turn: Turn) => void): void => {
    waiting.push(made);
    if (waiting.length > 1) return;
    // eslint-disable-next-line no-restricted-globals -- no time is measured: this is the end of the present moment
    setImmediate(() => {
      try {
        flush();
      } catch (error) {
        bug.reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  };
  return {
    name: "graph feed",
    change,
    flush,
    run: (signal) => Promise.race([untilAborted(signal), bug.promise]),
    sink: (input, key = ({ metadata }) => nameKey(metadata)) => {
      const known = new Set<string>();
      const set = (turn: Turn, object: KubeObject): void => {
        known.add(key(object));
        turn.set(input, key(object), object);
      };
      const remove = (turn: Turn, gone: string): void => {
        if (known.delete(gone)) turn.delete(input, gone);
      };
      return {
        replace: (objects) => {
          change((turn) => {
            const kept = new Set(objects.map(key));
            for (const held of [...known]) if (!kept.has(held)) remove(turn, held);
            for (const object of objects) set(turn, object);
          });
        },
        upsert: (object) => {
          change((turn) => {
            set(turn, object);
          });
        },
        remove: (object) => {
          change((turn) => {
            remove(turn, key(object));
          });
        },
      };
    },
  };
}
