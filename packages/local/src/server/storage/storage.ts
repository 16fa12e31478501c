import type { KubeObject } from "../json/object.ts";

export interface StorageEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/**
 * The objects of a cluster and the recent history of each resource. It holds everything that a server knows, so a
 * second server on the same storage continues where the first one stopped. Objects are never changed in place.
 */
export interface Storage {
  /** The revision of the newest write; every write takes the next integer. */
  readonly revision: number;
  get(resource: string, key: string): KubeObject | undefined;
  /** Every object of a resource (of a namespace when one is given) in key order. */
  list(resource: string, namespace?: string): KubeObject[];
  count(resource: string): number;
  /** Writes an object and stamps its resourceVersion. Returns what was stored. */
  put(resource: string, object: KubeObject): KubeObject;
  /** Takes an object away. `last` is its final state, when that differs from the one stored. */
  remove(resource: string, key: string, last?: KubeObject): KubeObject | undefined;
  /** Called after every write to the resource, in order. Returns the function that ends it. */
  subscribe(resource: string, listener: (event: StorageEvent) => void): () => void;
  /** The events after a revision; `undefined` when some of them are no longer kept, or when there is no such revision yet. */
  since(resource: string, revision: number): readonly StorageEvent[] | undefined;
  /** Forgets all history, as etcd's compaction does: a watch from an older revision gets 410. */
  compact(): void;
}

export const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;

interface Shelf {
  readonly objects: Map<string, KubeObject>;
  sorted: string[] | undefined;
  readonly listeners: Set<(event: StorageEvent) => void>;
  events: StorageEvent[];
  /** The newest revision that history no longer holds. */
  forgotten: number;
}

/**
 * `history`: how many events are kept for each resource. `start`: the revision before the first write, 1 by default; where
 * clients may outlive a storage, one that no earlier storage has reached, so that they learn by 410 that this is another one.
 */
export const createStorage = (options: { readonly history?: number; readonly start?: number } = {}): Storage => {
  const { history = 4096, start = 1 } = options;
  const shelves = new Map<string, Shelf>();
  let revision = start;

  const shelfOf = (resource: string): Shelf => {
    let shelf = shelves.get(resource);
    if (!shelf) {
      shelf = { objects: new Map(), sorted: undefined, listeners: new Set(), events: [], forgotten: start - 1 };
      shelves.set(resource, shelf);
    }
    return shelf;
  };

  const publish = (shelf: Shelf, event: StorageEvent): void => {
    shelf.events.push(event);
    // Cut in bulk, so that a write costs a constant amount.
    if (shelf.events.length > history * 2) {
      const dropped = shelf.events.splice(0, shelf.events.length - history);
      shelf.forgotten = dropped.at(-1)?.revision ?? shelf.forgotten;
    }
    for (const listener of [...shelf.listeners]) listener(event);
  };

  const stamped = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(revision) },
  });

  return {
    get revision() {
      return revision;
    },
    get: (resource, key) => shelfOf(resource).objects.get(key),
    list: (resource, namespace) => {
      const shelf = shelfOf(resource);
      shelf.sorted ??= [...shelf.objects.keys()].sort();
      const keys = namespace === undefined ? shelf.sorted : within(shelf.sorted, `${namespace}/`);
      return keys.flatMap((key) => shelf.objects.get(key) ?? []);
    },
    count: (resource) => shelfOf(resource).objects.size,
    put: (resource, object) => {
      const shelf = shelfOf(resource);
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const previous = shelf.objects.get(key);
      revision += 1;
      const stored = stamped(object);
      shelf.objects.set(key, stored);
      if (!previous) shelf.sorted = undefined;
      publish(shelf, { type: previous ? "MODIFIED" : "ADDED", revision, object: stored, previous });
      return stored;
    },
    remove: (resource, key, final) => {
      const shelf = shelfOf(resource);
      const previous = shelf.objects.get(key);
      if (!previous) return undefined;
      shelf.objects.delete(key);
      shelf.sorted = undefined;
      revision += 1;
      const last = stamped(final ?? previous);
      publish(shelf, { type: "DELETED", revision, object: last, previous });
      return last;
    },
    subscribe: (resource, listener) => {
      const { listeners } = shelfOf(resource);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    since: (resource, from) => {
      const shelf = shelfOf(resource);
      if (from < shelf.forgotten || from > revision) return undefined;
      return shelf.events.slice(lowerBound(shelf.events, (event) => event.revision > from));
    },
    compact: () => {
      for (const shelf of shelves.values()) {
        shelf.forgotten = revision;
        shelf.events = [];
      }
    },
  };
};

/** The first index at which `holds` is true, for a list where it is false and then true. */
const lowerBound = <T>(items: readonly T[], holds: (item: T) => boolean): number => {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
};

const within = (sorted: readonly string[], prefix: string): readonly string[] => {
  const start = lowerBound(sorted, (key) => key >= prefix);
  let end = start;
  while (sorted[end]?.startsWith(prefix)) end += 1;
  return sorted.slice(start, end);
};
