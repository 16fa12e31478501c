import { OpError } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { missingPermission, pause, reflect, supervise } from "@headgate/kube";
import type { Client, Clock, GraphFeed, Reflector, Runner, Sink } from "@headgate/kube";
import type { Obstacle } from "@headgate/views/endpoint-policy";

import { permissionText } from "./failures.ts";
import { gate } from "./gate.ts";
import type { WatchHealth } from "./metrics.ts";
import type { Source } from "./pipeline.ts";
import { servedSources } from "./served.ts";
import type { Served } from "./served.ts";

export interface WatchesOptions {
  readonly client: Client;
  readonly feed: GraphFeed;
  readonly clock: Clock;
  readonly readTimeoutMs?: number | undefined;
  readonly onError: (error: OpError, fields: object, message: string) => void;
  /** Told of kinds that the cluster lacks, when that changes. */
  readonly onMissing: (kinds: readonly string[]) => void;
  /** Told what keeps endpoint policies from being served, in the same turn as what they read. */
  readonly onObstacle: (obstacle: Obstacle | undefined) => void;
}

/** The watches of all sources, as one runner. */
export interface Watches extends Runner {
  /**
   * Resolves when every cache holds its first complete list, but for those of endpoint policies: whether these can be served is known by then,
   * and what they read comes all at once.
   */
  readonly synced: Promise<void>;
  readonly ready: () => boolean;
  readonly health: () => readonly WatchHealth[];
}

/** Between attempts to ask the API server what it has: after a failure, and while something is missing. */
const [retryMs, askAgainMs] = [1000, 5000];

/** Feeds what is watched into a graph. Endpoint policies are served from when all that they take can be read. */
export function watches(sources: readonly Source[], options: WatchesOptions): Watches {
  const { client, feed, clock, onError, onMissing, onObstacle } = options;
  const synced = Promise.withResolvers<undefined>();
  /** Whether policies can be served is known. */
  const decided = Promise.withResolvers<undefined>();
  const held = gate();
  let ready = false;
  let running: readonly { readonly kind: string; readonly reflector: Reflector }[] = [];

  const start = (source: Source, ...sinks: readonly Sink[]): Reflector => {
    const { selection, lean } = source;
    const { kind } = selection.type;
    const reflector = reflect(client, selection, toAll(sinks), {
      clock,
      ...(lean === undefined ? {} : { transform: lean }),
      ...(options.readTimeoutMs === undefined ? {} : { readTimeoutMs: options.readTimeoutMs }),
      onError: (error) => {
        onError(error, { kind }, "watch failed, trying again");
      },
    });
    running = [...running, { kind, reflector }];
    return reflector;
  };
  const sinkOf = ({ input, key }: Source): Sink => feed.sink(input, key);

  const answered = async (signal: AbortSignal): Promise<Served | undefined> => {
    while (!signal.aborted) {
      try {
        return await servedSources(client, sources);
      } catch (error) {
        if (!(error instanceof OpError)) throw error;
        onError(error, {}, "the API server does not say which kinds it has, trying again");
        await pause(clock, retryMs, signal);
      }
    }
    return undefined;
  };
  let told = "";
  /** Asks until the answer is as wanted; says what is in the way each time. Undefined when the signal aborts. */
  const wait = async (signal: AbortSignal, wanted: (served: Served) => boolean): Promise<Served | undefined> => {
    for (;;) {
      const served = await answered(signal);
      if (served === undefined) return undefined;
      const { missing, forbidden } = served;
      if (missing.length > 0 && told !== missing.join()) onMissing(missing);
      told = missing.join();
      for (const error of forbidden) onError(error, {}, "endpoint policies are not served until this is permitted");
      onObstacle({ message: messageOf(forbidden) });
      if (wanted(served)) return served;
      decided.resolve(undefined);
      await pause(clock, askAgainMs, signal);
    }
  };
  /** First the policies, so that they can be told what is in the way; then, all at once, everything else that they take. */
  const policies = (base: readonly Reflector[]): Runner => ({
    name: "watches of endpoint policies",
    run: async (signal) => {
      const readable = await wait(signal, (served) => served.readable);
      const [own] = (readable?.policySources ?? []).filter(isPolicies).map((source) => start(source, sinkOf(source)));
      if (own === undefined) return;
      const others: Runner = {
        name: "watches of what endpoint policies take",
        run: async (stop) => {
          const served = await wait(stop, (one) => one.policies);
          if (served === undefined) return;
          const rest = served.policySources
            .filter((source) => !isPolicies(source))
            .map((source) => start(source, held.sink(sinkOf(source))));
          decided.resolve(undefined);
          void Promise.all([...base, own, ...rest].map((one) => one.synced)).then(() => {
            held.open();
            onObstacle(undefined);
          });
          await supervise(rest, stop);
        },
      };
      await supervise([own, others], signal);
    },
  });

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
    run: async (signal) => {
      const base = sources
        .filter(({ ofEndpointPolicies }) => ofEndpointPolicies !== true)
        .map((source) => {
          const { also, key } = source;
          const further = also === undefined ? [] : [held.sink(feed.sink(also, key))];
          return start(source, sinkOf(source), ...further);
        });
      const withPolicies = sources.some(isPolicies);
      if (!withPolicies) decided.resolve(undefined);
      void Promise.all([decided.promise, ...base.map((one) => one.synced)]).then(() => {
        feed.flush();
        ready = true;
        synced.resolve(undefined);
      });
      await supervise([...base, ...(withPolicies ? [policies(base)] : [])], signal);
    },
  };
}

function isPolicies({ selection }: Source): boolean {
  return selection.type.kind === "EndpointPolicy";
}

/** What the owners of policies are told; undefined when there is nothing in the way. */
function messageOf(forbidden: readonly OpError[]): string | undefined {
  if (forbidden.length === 0) return undefined;
  const lacking = forbidden.map((error) => {
    const missing = missingPermission(error);
    return missing === undefined ? error.message : `may not ${permissionText(missing)}`;
  });
  return `endpoint policies are not served: the operator ${lacking.join(", ")}. It goes on trying.`;
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
