import { nameKey } from "@headgate/api";
import type { KubeObject, OpError } from "@headgate/api";
import { labelSelectorText, reflect, supervise, untilAborted, untilFound } from "@headgate/kube";
import type { Client, Clock, ReflectOptions, Runner, Sink } from "@headgate/kube";
import type { Feed, FeedEvent } from "@headgate/pipeline";

export interface ClusterWatchOptions {
  /** Told of each failure; what failed is tried again by itself. Default: a warning of the process. */
  readonly onError?: (error: OpError, kind: string) => void;
  /** How each kind is followed. */
  readonly reflect?: Omit<ReflectOptions, "clock" | "transform" | "onError">;
}

/** Follows the sources on a cluster. As a runner it ends when its signal aborts; it runs once. */
export interface ClusterWatch extends Runner {
  /**
   * Resolves when every source has been read completely and the views say what comes of it; before, they say nothing of the
   * cluster. Never rejects.
   */
  readonly synced: Promise<void>;
}

/** What is brought up to date. */
export interface Watched {
  readonly feeds: readonly Feed[];
  /** Takes what is new. */
  readonly apply: (events: readonly FeedEvent[]) => void;
  /** For sources that are clocks. */
  readonly ticking: Runner;
}

/** Brings feeds up to date with a cluster. */
export function clusterWatch(
  { feeds, apply, ticking }: Watched,
  {
    client,
    clock,
    onError = warn,
    reflect: how,
  }: ClusterWatchOptions & { readonly client: Client; readonly clock: Clock },
): ClusterWatch {
  const native = feeds.filter(({ resource }) => !resource.view);
  const unread = new Set(native.map(({ id }) => id));
  const turns = batches(apply, () => unread.size === 0);
  const follow = (feed: Feed): Runner => ({
    name: `watch ${feed.id}`,
    run: async (signal) => {
      const { resource, namespace, labelSelector } = feed;
      const tell = (error: OpError): void => {
        onError(error, resource.kind);
      };
      const found = await untilFound(resource, { client, clock, signal }, tell);
      if (found === undefined) return;
      const { type } = found;
      const selection = {
        type,
        ...(type.namespaced && namespace !== undefined ? { namespace } : {}),
        labelSelector: labelSelectorText(labelSelector),
      };
      const sink = turns.sink(feed.id, () => unread.delete(feed.id));
      await reflect(client, selection, sink, { ...how, clock, transform: bare, onError: tell }).run(signal);
    },
  });
  return {
    name: "watches",
    synced: turns.first,
    run: (signal) => supervise([turns, ticking, ...native.map(follow)], signal),
  };
}

/** What feeds bring, made one turn for each moment. As a runner it ends with whatever a turn throws. */
interface Batches extends Runner {
  /** Resolves after the first turn. */
  readonly first: Promise<void>;
  sink(feed: string, onComplete: () => void): Sink;
}

function batches(apply: (events: readonly FeedEvent[]) => void, ready: () => boolean): Batches {
  let waiting = new Map<string, FeedEvent>();
  let scheduled = false;
  const first = Promise.withResolvers<undefined>();
  const bug = Promise.withResolvers<never>();
  bug.promise.catch(() => undefined);
  const flush = (): void => {
    scheduled = false;
    const events = [...waiting.values()];
    waiting = new Map();
    try {
      apply(events);
      first.resolve(undefined);
    } catch (error) {
      bug.reject(error);
    }
  };
  const soon = (): void => {
    if (scheduled || !ready()) return;
    scheduled = true;
    setImmediate(flush);
  };
  const set = (event: FeedEvent): void => void waiting.set(`${event.feed} ${event.key}`, event);
  return {
    name: "turns",
    first: first.promise,
    run: async (signal) => {
      soon();
      await Promise.race([untilAborted(signal), bug.promise]);
    },
    sink: (feed, onComplete) => {
      const known = new Set<string>();
      const put = (object: KubeObject): void => {
        const key = nameKey(object.metadata);
        known.add(key);
        set({ feed, key, object });
      };
      const drop = (key: string): void => {
        known.delete(key);
        set({ feed, key, object: undefined });
      };
      return {
        replace: (objects) => {
          const listed = new Set(objects.map(({ metadata }) => nameKey(metadata)));
          for (const key of [...known]) if (!listed.has(key)) drop(key);
          objects.forEach(put);
          onComplete();
          soon();
        },
        upsert: (object) => {
          put(object);
          soon();
        },
        remove: ({ metadata }) => {
          drop(nameKey(metadata));
          soon();
        },
      };
    },
  };
}

/** Who owns which field is nothing that a pipeline should decide by, and long. */
function bare(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}

function warn(error: OpError, kind: string): void {
  process.emitWarning(`watching ${kind}: ${error.message}; trying again`);
}
