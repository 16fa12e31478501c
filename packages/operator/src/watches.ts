import { OpError } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { pause, reflect, supervise } from "@headgate/kube";
import type { Client, Clock, GraphFeed, Reflector, Runner, Sink } from "@headgate/kube";

import type { WatchHealth } from "./metrics.ts";
import type { Source } from "./pipeline.ts";
import { servedSources } from "./served.ts";

export interface WatchesOptions {
  readonly client: Client;
  readonly feed: GraphFeed;
  readonly clock: Clock;
  readonly readTimeoutMs?: number | undefined;
  readonly onError: (error: OpError, fields: object, message: string) => void;
  /** Told once, of kinds that the cluster lacks: they are not watched. */
  readonly onMissing: (kinds: readonly string[]) => void;
}

/** The watches of all sources, as one runner. */
export interface Watches extends Runner {
  /** Resolves when every cache holds its first complete list. */
  readonly synced: Promise<void>;
  readonly ready: () => boolean;
  readonly health: () => readonly WatchHealth[];
}

/** Between attempts to ask the API server which kinds it has. */
const askAgainMs = 1000;

/** Feeds what is watched into a graph; of kinds that a cluster may lack, those that are there when it begins. */
export function watches(sources: readonly Source[], options: WatchesOptions): Watches {
  const { client, feed } = options;
  const synced = Promise.withResolvers<undefined>();
  let ready = false;
  let running: readonly { readonly kind: string; readonly reflector: Reflector }[] = [];
  const run = async (signal: AbortSignal): Promise<void> => {
    const chosen = await choose(signal);
    if (chosen === undefined) return;
    running = chosen.map((source) => ({ kind: source.selection.type.kind, reflector: reflector(source) }));
    void Promise.all(running.map((one) => one.reflector.synced)).then(() => {
      feed.flush();
      ready = true;
      synced.resolve(undefined);
    });
    await supervise(
      running.map((one) => one.reflector),
      signal,
    );
  };

  const choose = async (signal: AbortSignal): Promise<readonly Source[] | undefined> => {
    if (!sources.some(({ ofEndpointPolicies }) => ofEndpointPolicies === true)) return sources;
    while (!signal.aborted) {
      try {
        const served = await servedSources(client, sources);
        if (served.missing.length > 0) options.onMissing(served.missing);
        return served.sources;
      } catch (error) {
        if (!(error instanceof OpError)) throw error;
        options.onError(error, {}, "the API server does not say which kinds it has, trying again");
        await pause(options.clock, askAgainMs, signal);
      }
    }
    return undefined;
  };
  const reflector = ({ selection, input, also, key, lean }: Source): Reflector => {
    const sinks = [feed.sink(input, key), ...(also === undefined ? [] : [feed.sink(also, key)])];
    return reflect(client, selection, toAll(sinks), {
      clock: options.clock,
      ...(lean === undefined ? {} : { transform: lean }),
      ...(options.readTimeoutMs === undefined ? {} : { readTimeoutMs: options.readTimeoutMs }),
      onError: (error) => {
        options.onError(error, { kind: selection.type.kind }, "watch failed, trying again");
      },
    });
  };

  return {
    name: "watches",
    synced: synced.promise,
    ready: () => ready,
    health: () =>
      running.map(({ kind, reflector: of }) => ({
        kind,
        lastEventAge: of.lastEventAge(),
        relists: of.stats.lists + of.stats.comparisons,
        reconnects: of.stats.reconnects,
        misses: of.stats.misses,
      })),
    run,
  };
}

function toAll(sinks: readonly Sink[]): Sink {
  return {
    replace: (objects) => {
      for (const sink of sinks) sink.replace(objects);
    },
    upsert: (object: KubeObject) => {
      for (const sink of sinks) sink.upsert(object);
    },
    remove: (object: KubeObject) => {
      for (const sink of sinks) sink.remove(object);
    },
  };
}
