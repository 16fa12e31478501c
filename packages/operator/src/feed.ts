import type { KubeObject } from "@headgate/api";
import { nameKey } from "@headgate/api";
import type { Graph, Input } from "@headgate/delta";
import type { Sink } from "@headgate/kube";

/** An input of a graph, and the key under which an object stands in it. */
export interface FeedTarget {
  readonly input: Input<KubeObject>;
  readonly key: (object: KubeObject) => string;
}

/**
 * Brings what one reflector tells into inputs of a graph: a whole list is one turn, an event is one turn.
 *
 * Several feeds may share an input as long as their keys differ; each takes out only what it put in.
 */
export function feed(graph: Graph, targets: readonly FeedTarget[]): Sink {
  const held = new Map<string, KubeObject>();
  const change = (gone: Iterable<KubeObject>, come: Iterable<KubeObject>): void => {
    const [out, put] = [[...gone], [...come]];
    graph.turn((turn) => {
      for (const { input, key } of targets) {
        for (const object of out) turn.delete(input, key(object));
        for (const object of put) turn.set(input, key(object), object);
      }
    });
    for (const object of out) held.delete(nameKey(object.metadata));
    for (const object of put) held.set(nameKey(object.metadata), object);
  };
  return {
    replace: (objects) => {
      const names = new Set(objects.map(({ metadata }) => nameKey(metadata)));
      const gone = [...held].filter(([name]) => !names.has(name)).map(([, object]) => object);
      change(gone, objects);
    },
    upsert: (object) => {
      change([], [object]);
    },
    remove: (object) => {
      change([object], []);
    },
  };
}
