import { type Api, ApiError, type ListOptions } from "./api.ts";
import { type Clock, pause, systemClock } from "./clock.ts";
import { type KubeObject, objectKey } from "./object.ts";
import type { Resource } from "./resource.ts";

export type Listener<T> = (before: T | undefined, after: T | undefined) => void;

/** A live copy of the objects of one kind. */
export interface Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  get(key: string): T | undefined;
  values(): Iterable<T>;
  inNamespace(namespace: string): Iterable<T>;
  /** Called for every change, and at once for every object already there. An object replaced under its name is a removal and an addition. */
  onChange(listener: Listener<T>): void;
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
  /** Takes in the answer of a write at once, so that the next decision does not rest on what was before it. */
  observe(object: T): void;
  close(): Promise<void>;
  /** Closes, and says of every object that it is gone. For a kind that is no longer served. */
  forget(): Promise<void>;
}

export interface InformerOptions extends ListOptions {
  readonly clock?: Clock;
  readonly onError?: (error: unknown) => void;
}

const firstRetryMs = 100;
const lastRetryMs = 10_000;

/** Lists and watches until closed; lists again when the server no longer knows the version (410). */
export function startInformer<T extends KubeObject>(
  api: Api,
  resource: Resource<T>,
  options: InformerOptions = {},
): Informer<T> {
  const { clock = systemClock, onError, ...selection } = options;
  const byNamespace = new Map<string, Map<string, T>>();
  const listeners: Listener<T>[] = [];
  const closing = new AbortController();
  const firstList = Promise.withResolvers<undefined>();
  /** The newest version that the stream has shown. */
  let seen = 0n;

  const emit = (before: T | undefined, after: T | undefined): void => {
    for (const listener of listeners) listener(before, after);
  };
  const get = (key: string): T | undefined => byNamespace.get(key.slice(0, key.indexOf("/")))?.get(key);
  const remove = (object: T): void => {
    const key = objectKey(object);
    const before = get(key);
    if (before === undefined) return;
    const namespace = before.metadata.namespace ?? "";
    const inside = byNamespace.get(namespace);
    inside?.delete(key);
    if (inside?.size === 0) byNamespace.delete(namespace);
    emit(before, undefined);
  };
  const put = (object: T): void => {
    const key = objectKey(object);
    let before = get(key);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) {
      remove(before);
      before = undefined;
    }
    if (before !== undefined && version(before) > version(object)) return;
    const namespace = object.metadata.namespace ?? "";
    const inside = byNamespace.get(namespace) ?? new Map<string, T>();
    byNamespace.set(namespace, inside);
    inside.set(key, object);
    emit(before, object);
  };
  const replaceAll = (items: readonly T[]): void => {
    const keys = new Set(items.map(objectKey));
    for (const object of [...values()]) if (!keys.has(objectKey(object))) remove(object);
    for (const object of items) put(object);
  };
  function* values(): Iterable<T> {
    for (const inside of byNamespace.values()) yield* inside.values();
  }

  let resourceVersion: string | undefined;
  const follow = async (): Promise<boolean> => {
    if (resourceVersion === undefined) {
      const list = await api.list(resource, selection);
      replaceAll(list.items);
      resourceVersion = list.resourceVersion;
      seen = numeric(resourceVersion);
      firstList.resolve(undefined);
    }
    let fruitful = false;
    for await (const event of api.watch(resource, { ...selection, resourceVersion, signal: closing.signal })) {
      fruitful = true;
      resourceVersion = event.object.metadata.resourceVersion;
      seen = numeric(resourceVersion);
      if (event.type === "DELETED") remove(event.object);
      else if (event.type !== "BOOKMARK") put(event.object);
    }
    return fruitful;
  };
  const isClosed = (): boolean => closing.signal.aborted;
  const run = async (): Promise<void> => {
    let retryMs = firstRetryMs;
    while (!isClosed()) {
      let fruitful = false;
      try {
        fruitful = await follow();
      } catch (error) {
        if (isClosed()) return;
        if (error instanceof ApiError && (error.status === 410 || error.reason === "Expired"))
          resourceVersion = undefined;
        else onError?.(error);
      }
      if (fruitful) retryMs = firstRetryMs;
      else {
        await pause(clock, retryMs * (0.5 + Math.random() / 2), closing.signal);
        retryMs = Math.min(retryMs * 2, lastRetryMs);
      }
    }
  };
  const running = run();
  const close = async (): Promise<void> => {
    closing.abort();
    firstList.resolve(undefined);
    await running;
  };

  return {
    resource,
    get,
    values,
    inNamespace: (namespace) => byNamespace.get(namespace)?.values() ?? [],
    onChange(listener) {
      listeners.push(listener);
      for (const object of [...values()]) listener(undefined, object);
    },
    synced: firstList.promise,
    observe(object) {
      // Older than the stream and no longer there: it has been deleted since.
      if (version(object) <= seen && get(objectKey(object)) === undefined) return;
      put(object);
    },
    close,
    async forget() {
      await close();
      replaceAll([]);
    },
  };
}

function version(object: KubeObject): bigint {
  return numeric(object.metadata.resourceVersion);
}

/** Versions are decimal numbers that grow; anything else counts as the beginning. */
function numeric(resourceVersion: string): bigint {
  return /^\d+$/.test(resourceVersion) ? BigInt(resourceVersion) : 0n;
}
