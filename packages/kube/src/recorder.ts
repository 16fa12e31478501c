import type { KubeObject, Notice, ObjectRef } from "@headgate/api";
import { fieldManager, identityKey, OpError, resourceTypes } from "@headgate/api";
import { isAborted, untilAborted } from "./abort.ts";
import type { Backoff } from "./backoff.ts";
import { backoffDelay } from "./backoff.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import { pause, systemClock } from "./clock.ts";
import type { Runner } from "./runner.ts";

export interface RecorderOptions {
  /** What Events name as their source. */
  readonly component: string;
  /** The instance of it, such as the pod's name. */
  readonly instance?: string;
  /** Events that one object may have at once; default 25. */
  readonly burst?: number;
  /** How often one object earns one more; default 300,000 ms. */
  readonly refillMs?: number;
  /** Notices that wait to be written; more drop the oldest. Default 1,000. */
  readonly queueLimit?: number;
  /** Different Events remembered for counting repeats; default 4,096. */
  readonly memoryLimit?: number;
  readonly backoff?: Backoff;
  readonly clock?: Clock;
  readonly onError?: (error: OpError) => void;
}

/** Turns notices into Kubernetes Events. */
export interface Recorder extends Runner {
  /** Never throws and never waits. A repeat of an Event raises its count instead of making another. */
  record(notice: Notice): void;
  /** Resolves when nothing waits to be written. */
  idle(): Promise<void>;
  readonly stats: { readonly written: number; readonly dropped: number };
}

/** An Event that we wrote or are about to write. */
interface Remembered {
  readonly ref: ObjectRef;
  readonly first: number;
  count: number;
  last: number;
  /** Whether the API server has it, as far as we know. */
  exists: boolean;
}

/** Tokens of one object: at most `burst`, one more each `refillMs`. */
interface Bucket {
  tokens: number;
  at: number;
}

/** How often one Event is tried before it is dropped; Events are a courtesy and must not pile up behind an outage. */
const attempts = 5;

/** Cluster-scoped objects have their Events here, as Kubernetes itself does it. */
const clusterEvents = "default";

/** Writes Events, counted, limited for each object, and with bounded memory. What comes before `run` waits for it. */
export function recorder(client: Client, options: RecorderOptions): Recorder {
  const { component, instance = component, burst = 25, refillMs = 300_000 } = options;
  const { queueLimit = 1_000, memoryLimit = 4_096, backoff = { first: 200, most: 10_000 } } = options;
  const { clock = systemClock } = options;
  const memory = new Map<string, Remembered>();
  const buckets = new Map<string, Bucket>();
  const queue = new Map<string, Notice>();
  let wake: (() => void) | undefined;
  let idlers: (() => void)[] = [];
  let busy = false;
  let written = 0;
  let dropped = 0;

  const allows = (about: ObjectRef): boolean => {
    const key = identityKey(about);
    const now = clock.elapsed();
    const bucket = buckets.get(key) ?? { tokens: burst, at: now };
    const earned = Math.floor((now - bucket.at) / refillMs);
    const tokens = Math.min(burst, bucket.tokens + earned);
    const at = tokens === burst ? now : bucket.at + earned * refillMs;
    keep(buckets, key, { tokens: Math.max(0, tokens - 1), at }, memoryLimit);
    return tokens > 0;
  };

  const write = async (key: string, notice: Notice, signal: AbortSignal): Promise<void> => {
    const event = memory.get(key);
    if (event === undefined) return;
    const at = { count: event.count, lastTimestamp: timestamp(event.last) };
    const manager = fieldManager(notice.controller);
    if (event.exists) {
      try {
        await client.patch(event.ref, at, { type: "merge", manager, signal });
        return;
      } catch (error) {
        // The API server forgets Events after an hour or so; the count goes on in a new one.
        if (!(error instanceof OpError) || error.code !== "NOT_FOUND") throw error;
        event.exists = false;
      }
    }
    try {
      await client.create(eventObject(event, notice, { component, instance }), { manager, signal });
    } catch (error) {
      // An earlier attempt arrived although its answer did not.
      if (!(error instanceof OpError) || error.code !== "ALREADY_EXISTS") throw error;
    }
    event.exists = true;
  };
  const writeOrDrop = async (key: string, notice: Notice, signal: AbortSignal): Promise<void> => {
    for (let failures = 0; !isAborted(signal);) {
      try {
        await write(key, notice, signal);
        written += 1;
        return;
      } catch (error) {
        if (isAborted(signal)) return;
        if (!(error instanceof OpError)) throw error;
        failures += 1;
        // A namespace that is going away forbids new Events for good.
        if (failures >= attempts || !error.retry || error.code === "FORBIDDEN") {
          dropped += 1;
          options.onError?.(error);
          return;
        }
        const delay = backoffDelay(backoff, failures, () => clock.random());
        await pause(clock, Math.max(delay, (error.retryAfter ?? 0) * 1000), signal);
      }
    }
  };
  const settle = (): void => {
    if (busy || queue.size > 0) return;
    const told = idlers;
    idlers = [];
    for (const tell of told) tell();
  };

  return {
    name: "recorder",
    get stats() {
      return { written, dropped };
    },
    record: (notice) => {
      const key = JSON.stringify([notice.controller, notice.about, notice.type, notice.reason, notice.message]);
      const known = memory.get(key);
      if (!allows(notice.about)) {
        dropped += 1;
        return;
      }
      const now = clock.now();
      const event = known ?? newEvent(notice, now, clock.random());
      event.count += 1;
      event.last = now;
      keep(memory, key, event, memoryLimit);
      queue.set(key, notice);
      if (queue.size > queueLimit) {
        for (const oldest of queue.keys()) {
          queue.delete(oldest);
          dropped += 1;
          break;
        }
      }
      wake?.();
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        settle();
      }),
    run: async (signal) => {
      void untilAborted(signal).then(() => wake?.());
      while (!isAborted(signal)) {
        for (const [key, notice] of queue) {
          queue.delete(key);
          busy = true;
          await writeOrDrop(key, notice, signal);
          busy = false;
          break;
        }
        if (queue.size > 0) continue;
        settle();
        if (isAborted(signal)) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function newEvent({ about }: Notice, now: number, random: number): Remembered {
  // Object names may have 253 characters, and so may this: the object's name, shortened, and what makes it unique.
  const suffix = `${now.toString(16)}${Math.floor(random * 2 ** 32)
    .toString(16)
    .padStart(8, "0")}`;
  const name = `${about.name.slice(0, 252 - suffix.length).replace(/[.-]+$/, "")}.${suffix}`;
  const { apiVersion, kind } = resourceTypes.Event;
  const ref = { apiVersion, kind, namespace: about.namespace ?? clusterEvents, name };
  return { ref, first: now, count: 0, last: now, exists: false };
}

function eventObject(
  event: Remembered,
  { about, type, reason, message }: Notice,
  source: { readonly component: string; readonly instance: string },
): KubeObject {
  const { apiVersion, kind, namespace = clusterEvents, name } = event.ref;
  return {
    apiVersion,
    kind,
    metadata: { namespace, name },
    involvedObject: { ...about },
    type,
    reason: reason.slice(0, 128),
    message: message.slice(0, 1024),
    source: { component: source.component },
    reportingComponent: source.component,
    reportingInstance: source.instance.slice(0, 128),
    firstTimestamp: timestamp(event.first),
    lastTimestamp: timestamp(event.last),
    count: event.count,
  };
}

/** RFC 3339 in whole seconds, as core/v1 Events have it. */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Puts an entry last and forgets the first ones beyond the limit. */
function keep<V>(map: Map<string, V>, key: string, value: V, limit: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= limit) break;
    map.delete(oldest);
  }
}
