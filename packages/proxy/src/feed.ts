import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import type { Graph, Input, Turn } from "@headgate/delta";
import type { Sink } from "@headgate/kube";

/** Brings changes into a graph, those of one moment in one turn. */
export interface Feed {
  /** Makes the change with the next turn, in the order of the calls. */
  change(change: (turn: Turn) => void): void;
  /** A sink that keeps an input equal to what it is told. */
  sink(input: Input<KubeObject>): Sink;
  /** Makes what waits now. Must not be called from a subscriber. */
  flush(): void;
}

/** A bug in a change is thrown by `onBug`'s caller, not swallowed: it is handed to `onBug`. */
export function feed(graph: Graph, onBug: (bug: unknown) => void): Feed {
  let waiting: ((turn: Turn) => void)[] = [];
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
    setImmediate(() => {
      try {
        flush();
      } catch (bug) {
        onBug(bug);
      }
    });
  };
  return {
    change,
    flush,
    sink: (input) => {
      const known = new Set<string>();
      const set = (turn: Turn, object: KubeObject): void => {
        known.add(nameKey(object.metadata));
        turn.set(input, nameKey(object.metadata), object);
      };
      const remove = (turn: Turn, key: string): void => {
        if (known.delete(key)) turn.delete(input, key);
      };
      return {
        replace: (objects) => {
          change((turn) => {
            const kept = new Set(objects.map((object) => nameKey(object.metadata)));
            for (const key of [...known]) if (!kept.has(key)) remove(turn, key);
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
            remove(turn, nameKey(object.metadata));
          });
        },
      };
    },
  };
}
