import type { KubeObject, OpError, ResourceType } from "@headgate/api";
import { nameKey } from "@headgate/api";
import { reflect, untilAborted } from "@headgate/kube";
import type { Client, Clock, Reflector, Runner, Selection, Sink } from "@headgate/kube";

import { managerPrefix } from "./names.ts";

export type Watched = Selection & { readonly type: ResourceType };

/** Hears of what it asked for: all of it at first, then each change. */
export interface Subscriber extends Sink {
  /** Told whenever `synced` or `error` of its subscription may have changed. */
  changed(): void;
}

export interface Subscription {
  /** Whether the subscriber holds a complete list. */
  readonly synced: boolean;
  /** What stands in the way of the watch now. */
  readonly error: OpError | undefined;
  readonly objects: ReadonlyMap<string, KubeObject>;
  close(): void;
}

export interface WatchHealth {
  readonly kind: string;
  readonly lastEventAge: number;
  readonly relists: number;
  readonly reconnects: number;
  readonly misses: number;
}

/** Watches that come and go, each shared by all who want the same. */
export interface WatchHub extends Runner {
  /** What is asked for before the hub runs begins with it. */
  watch(selection: Watched, subscriber: Subscriber): Subscription;
  readonly health: () => readonly WatchHealth[];
}

export interface WatchHubOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly readTimeoutMs?: number | undefined;
  readonly onError: (error: OpError, fields: object, message: string) => void;
}

interface Shared {
  readonly selection: Watched;
  readonly objects: Map<string, KubeObject>;
  readonly subscribers: Set<Subscriber>;
  readonly stop: AbortController;
  readonly reflector: Reflector;
  synced: boolean;
  /** The last failure, and when it was. */
  failure: { readonly error: OpError; readonly at: number } | undefined;
}

/** A hub on which nothing is watched yet. */
export function watchHub({ client, clock, readTimeoutMs, onError }: WatchHubOptions): WatchHub {
  const shared = new Map<string, Shared>();
  const running = new Set<Promise<void>>();
  const bug = Promise.withResolvers<never>();
  bug.promise.catch(() => undefined);
  let begun: AbortSignal | undefined;

  const start = (one: Shared): void => {
    if (begun === undefined) return;
    const run: Promise<void> = one.reflector
      .run(AbortSignal.any([begun, one.stop.signal]))
      .catch(bug.reject)
      .finally(() => running.delete(run));
    running.add(run);
  };
  const open = (key: string, selection: Watched): Shared => {
    const objects = new Map<string, KubeObject>();
    const subscribers = new Set<Subscriber>();
    const tell = (how: (subscriber: Subscriber) => void): void => {
      for (const subscriber of [...subscribers]) how(subscriber);
    };
    const sink: Sink = {
      replace: (all) => {
        objects.clear();
        for (const object of all) objects.set(nameKey(object.metadata), object);
        one.synced = true;
        tell((subscriber) => {
          subscriber.replace(all);
          subscriber.changed();
        });
      },
      upsert: (object) => {
        objects.set(nameKey(object.metadata), object);
        tell((subscriber) => {
          subscriber.upsert(object);
        });
      },
      remove: (object) => {
        objects.delete(nameKey(object.metadata));
        tell((subscriber) => {
          subscriber.remove(object);
        });
      },
    };
    const reflector = reflect(client, selection, sink, {
      clock,
      transform: withoutForeignFields,
      ...(readTimeoutMs === undefined ? {} : { readTimeoutMs }),
      onError: (error) => {
        one.failure = { error, at: clock.elapsed() };
        onError(error, { kind: selection.type.kind }, "a watch of pipelines failed, trying again");
        tell((subscriber) => {
          subscriber.changed();
        });
      },
    });
    const stop = new AbortController();
    const one: Shared = {
      selection,
      objects,
      subscribers,
      stop,
      reflector,
      synced: false,
      failure: undefined,
    };
    shared.set(key, one);
    start(one);
    return one;
  };

  return {
    name: "watches of pipelines",
    watch: (selection, subscriber) => {
      const { type, namespace, labelSelector, fieldSelector } = selection;
      const key = JSON.stringify([type.apiVersion, type.plural, namespace, labelSelector, fieldSelector]);
      const one = shared.get(key) ?? open(key, selection);
      one.subscribers.add(subscriber);
      if (one.synced) subscriber.replace([...one.objects.values()]);
      return {
        get synced() {
          return one.synced;
        },
        get error() {
          const { failure, reflector } = one;
          const heardSince = failure !== undefined && reflector.lastEventAge() < clock.elapsed() - failure.at;
          return heardSince ? undefined : failure?.error;
        },
        objects: one.objects,
        close: () => {
          one.subscribers.delete(subscriber);
          if (one.subscribers.size > 0 || shared.get(key) !== one) return;
          shared.delete(key);
          one.stop.abort();
        },
      };
    },
    health: () =>
      [...shared.values()].map(({ selection, reflector }) => ({
        kind: selection.type.kind,
        lastEventAge: reflector.lastEventAge(),
        relists: reflector.stats.lists + reflector.stats.comparisons,
        reconnects: reflector.stats.reconnects,
        misses: reflector.stats.misses,
      })),
    run: async (signal) => {
      begun = signal;
      for (const one of shared.values()) start(one);
      await Promise.race([untilAborted(signal), bug.promise]);
      await Promise.all(running);
    },
  };
}

/** Of the lists of who owns which field only what concerns pipelines is kept: the others are long, and nobody reads them. */
function withoutForeignFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  if (managedFields === undefined) return object;
  const ours = managedFields.filter((entry) =>
    (entry as { readonly manager?: string } | null)?.manager?.startsWith(managerPrefix),
  );
  return { ...object, metadata: ours.length === 0 ? metadata : { ...metadata, managedFields: ours } };
}
