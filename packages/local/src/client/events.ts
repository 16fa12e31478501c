import { type Api, hasStatus } from "./api.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type KubeObject, timestamp } from "./object.ts";
import { resources } from "./resource.ts";

export interface EventNote {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** Which part of the object, such as `spec.containers{web}`. */
  readonly fieldPath?: string;
}

export interface EventRecorder {
  /** Best effort: an Event that cannot be written is reported to `onError` and forgotten. Repeats raise the count. */
  record(about: KubeObject, note: EventNote): void;
  /** Resolves when what was recorded has been written. */
  close(): Promise<void>;
}

const burst = 25;
const refillMs = 300_000;
const remembered = 2000;

export function eventRecorder(
  api: Api,
  options: { component: string; host?: string; clock?: Clock; onError?: (error: unknown) => void },
): EventRecorder {
  const { component, host, clock = systemClock, onError } = options;
  const series = new Map<string, { name: string; count: number }>();
  const budgets = new Map<string, { left: number; at: number }>();
  let writing: Promise<unknown> = Promise.resolve();
  let sequence = 0;

  const affordable = (uid: string): boolean => {
    const now = clock.now();
    const budget = budgets.get(uid) ?? { left: burst, at: now };
    const refilled = Math.min(burst, budget.left + (now - budget.at) / refillMs);
    forgetOldest(budgets);
    budgets.set(uid, { left: refilled < 1 ? refilled : refilled - 1, at: now });
    return refilled >= 1;
  };
  const write = async (about: KubeObject, note: EventNote): Promise<void> => {
    const { name, uid, namespace = "default", resourceVersion } = about.metadata;
    const at = timestamp(clock.now());
    const key = JSON.stringify([uid, note]);
    const known = series.get(key);
    if (known !== undefined) {
      known.count += 1;
      try {
        const target = { namespace, name: known.name };
        await api.patch(resources.events, target, { count: known.count, lastTimestamp: at });
        return;
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
      }
    }
    sequence += 1;
    const eventName = `${name}.${Math.floor(clock.now()).toString(16)}${sequence.toString(16).padStart(4, "0")}`;
    forgetOldest(series);
    series.set(key, { name: eventName, count: 1 });
    const { apiVersion, kind } = about;
    const { fieldPath, ...rest } = note;
    await api.create(resources.events, namespace, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: eventName, namespace },
      involvedObject: { apiVersion, kind, name, namespace: about.metadata.namespace, uid, resourceVersion, fieldPath },
      source: { component, host },
      reportingComponent: component,
      reportingInstance: host ?? "",
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
      ...rest,
    });
  };

  return {
    record(about, note) {
      if (!affordable(about.metadata.uid)) return;
      writing = writing
        .then(() => write(about, note))
        .catch((error: unknown) => {
          // Gone, or its namespace is going: nobody is left to read it.
          if (!hasStatus(error, 403, 404)) onError?.(error);
        });
    },
    async close() {
      await writing;
    },
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size < remembered) return;
    map.delete(key);
  }
}
