import type { KubeObject, ResourceType } from "@headgate/api";
import { OpError } from "@headgate/api";
import { isAborted, untilAborted } from "./abort.ts";
import type { Backoff } from "./backoff.ts";
import { backoffDelay } from "./backoff.ts";
import type { Client, Selection } from "./client.ts";
import type { Clock } from "./clock.ts";
import { pause, systemClock } from "./clock.ts";
import { listAll } from "./list-all.ts";
import type { Sink } from "./replica.ts";
import { replica } from "./replica.ts";
import type { Runner } from "./runner.ts";
import { readWatch } from "./watch.ts";

export interface ReflectOptions {
  /** Objects for each page of a list; default 500. */
  readonly pageSize?: number;
  /**
   * After how long without a byte a watch counts as dead; default 150,000 ms. API servers send a bookmark about each minute;
   * where they don't, a quiet watch is merely opened anew.
   */
  readonly readTimeoutMs?: number;
  /** How often to compare with a full list, give or take a tenth; default 600,000 ms. */
  readonly compareEveryMs?: number;
  /** For how long the server is asked to keep a watch open: this long to twice as long; default 300 s. */
  readonly watchSeconds?: number;
  /** Between attempts after a failure; default 200 ms to 30 s. */
  readonly backoff?: Backoff;
  /** Longest watch event; default 32 MiB. A longer one is a PROTOCOL failure. */
  readonly maxLineBytes?: number;
  readonly clock?: Clock;
  /** Called for each object before it is kept, for example to drop what nobody reads. */
  readonly transform?: (object: KubeObject) => KubeObject;
  /** Told about each failure; the reflector goes on by itself. */
  readonly onError?: (error: OpError) => void;
}

export interface ReflectorStats {
  readonly objects: number;
  /** Lists that began or restarted the copy; the first one counts. */
  readonly lists: number;
  /** Comparing lists that were completed. */
  readonly comparisons: number;
  /** Watches opened after the first. */
  readonly reconnects: number;
  /** Events that arrived, bookmarks included, and those of them that told nothing new. */
  readonly events: number;
  readonly stale: number;
  /** Objects whose change the watch never told and a comparing list had to put right. 0 on a sound API server. */
  readonly misses: number;
  readonly failures: number;
  readonly lastError: OpError | undefined;
}

/** Follows one kind of object. */
export interface Reflector extends Runner {
  /** Resolves when the sink holds the first complete list; never rejects. */
  readonly synced: Promise<void>;
  /** Milliseconds since the API server last said anything: list, event or bookmark. Infinity before the first time. */
  lastEventAge(): number;
  readonly stats: ReflectorStats;
}

/** Failures that a watch may repeat for ever at the same place; after a few in a row only a list gets past them. */
const stubborn = new Set(["PROTOCOL", "INVALID", "NOT_FOUND", "SERVER_ERROR", "UNSUPPORTED"]);
const stubbornLimit = 4;

/** A watch that ends sooner than this without a word is treated as a failure, so that it can't be opened in a tight loop. */
const tooShortMs = 1_000;

/**
 * Keeps `sink` equal to what the API server holds: a list in pages, then a watch that resumes where it stopped, a list again
 * when history is gone, and now and then a comparing list. The sink sees each object's newest state only.
 *
 * `run` ends when the signal aborts; it throws only when the sink does.
 */
export function reflect(
  client: Client,
  selection: Selection & { readonly type: ResourceType },
  sink: Sink,
  options: ReflectOptions = {},
): Reflector {
  const { type, ...where } = selection;
  const { pageSize = 500, readTimeoutMs = 150_000, compareEveryMs = 600_000, watchSeconds = 300 } = options;
  const { backoff = { first: 200, most: 30_000 }, maxLineBytes = 32 * 2 ** 20, clock = systemClock } = options;
  const transform = options.transform ?? ((object: KubeObject) => object);
  const copy = replica(sink);
  const counts = { lists: 0, comparisons: 0, reconnects: 0, events: 0, failures: 0 };
  let lastError: OpError | undefined;
  let heardAt: number | undefined;
  let restartWatch: (() => void) | undefined;
  let markSynced = (): void => undefined;
  const synced = new Promise<void>((resolve) => {
    markSynced = resolve;
  });

  const heard = (): void => {
    heardAt = clock.elapsed();
  };
  const fail = (error: unknown): OpError => {
    if (!(error instanceof OpError)) throw error;
    counts.failures += 1;
    lastError = error;
    options.onError?.(error);
    return error;
  };
  const list = async (signal: AbortSignal): Promise<{ items: readonly KubeObject[]; resourceVersion: string }> => {
    const { items, resourceVersion } = await listAll(client, type, { ...where, pageSize, signal });
    heard();
    return { items: items.map(transform), resourceVersion };
  };
  const restart = async (signal: AbortSignal): Promise<void> => {
    const { items, resourceVersion } = await list(signal);
    counts.lists += 1;
    copy.reset(items, resourceVersion);
    markSynced();
  };

  /** One watch, from opening to its end; the number of events that it brought. */
  const watchOnce = async (resourceVersion: string, signal: AbortSignal): Promise<number> => {
    const before = counts.events;
    const leave = new AbortController();
    restartWatch = () => {
      leave.abort();
    };
    try {
      await readWatch(client, {
        type,
        ...where,
        resourceVersion,
        timeoutSeconds: Math.round(watchSeconds * (1 + clock.random())),
        readTimeoutMs,
        maxLineBytes,
        clock,
        signal: AbortSignal.any([signal, leave.signal]),
        onEvent: (event) => {
          counts.events += 1;
          heard();
          if (event.type === "BOOKMARK") copy.bookmark(event.resourceVersion);
          else if (event.type === "DELETED") copy.remove(transform(event.object));
          else copy.upsert(transform(event.object));
        },
      });
    } catch (error) {
      if (!leave.signal.aborted) throw error;
    } finally {
      restartWatch = undefined;
    }
    return counts.events - before;
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    let failures = 0;
    let atSamePlace = 0;
    let relist = true;
    let watches = 0;
    while (!isAborted(signal)) {
      const eventsBefore = counts.events;
      const startedAt = clock.elapsed();
      let retryAfterMs = 0;
      try {
        if (relist || copy.position === undefined) {
          await restart(signal);
          relist = false;
          atSamePlace = 0;
        }
        if (watches++ > 0) counts.reconnects += 1;
        await watchOnce(copy.position ?? "", signal);
        failures = counts.events > eventsBefore || clock.elapsed() - startedAt >= tooShortMs ? 0 : failures + 1;
      } catch (error) {
        if (isAborted(signal)) return;
        const { code, retryAfter = 0 } = fail(error);
        retryAfterMs = retryAfter * 1000;
        failures = counts.events > eventsBefore ? 1 : failures + 1;
        atSamePlace = counts.events > eventsBefore ? 0 : atSamePlace + (stubborn.has(code) ? 1 : 0);
        relist ||= code === "GONE" || atSamePlace >= stubbornLimit;
      }
      if (failures > 0) {
        await pause(
          clock,
          Math.max(
            retryAfterMs,
            backoffDelay(backoff, failures, () => clock.random()),
          ),
          signal,
        );
      }
    }
  };

  const compareNowAndThen = async (signal: AbortSignal): Promise<void> => {
    await Promise.race([synced, untilAborted(signal)]);
    while (!isAborted(signal)) {
      await pause(clock, compareEveryMs * (0.9 + clock.random() / 5), signal);
      if (isAborted(signal)) return;
      try {
        copy.beginComparison();
        const { items, resourceVersion } = await list(signal);
        if (copy.compare(items, resourceVersion).wentBack) restartWatch?.();
        counts.comparisons += 1;
      } catch (error) {
        if (!isAborted(signal)) fail(error);
      }
    }
  };

  return {
    name: `reflect ${type.plural}`,
    synced,
    lastEventAge: () => (heardAt === undefined ? Number.POSITIVE_INFINITY : clock.elapsed() - heardAt),
    get stats() {
      return { objects: copy.size, ...counts, stale: copy.stale, misses: copy.misses, lastError };
    },
    run: async (signal) => {
      const stop = new AbortController();
      const both = AbortSignal.any([signal, stop.signal]);
      const parts = [follow(both), compareNowAndThen(both)].map((part) =>
        part.finally(() => {
          stop.abort();
        }),
      );
      const ends = await Promise.allSettled(parts);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  };
}
