import type { KubeObject, ObjectRef, ResourceType } from "@headgate/api";
import { OpError } from "@headgate/api";
import type { Access } from "./access.ts";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { discovery } from "./discovery.ts";
import { collectionPath, objectPath, requireNamespace } from "./path.ts";
import type { ApiRequest } from "./transport.ts";
import { transport } from "./transport.ts";

/** One page of a list; `continue` is there when more pages follow. */
export interface Page {
  /** Complete objects: apiVersion and kind are filled in, which the API server leaves out of list items. */
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface Selection {
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends Selection {
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  /** After how many seconds the server should end the watch. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** How any one request is sent. */
type Sending = Pick<ApiRequest, "signal" | "beforeSend">;

export interface CallOptions extends Sending {
  readonly subresource?: string;
  /** The field manager that owns what this write sets. */
  readonly manager?: string;
}

export interface DeleteOptions extends Sending {
  /** Preconditions: the delete fails as CONFLICT when the object is not this very one. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: "Background" | "Foreground" | "Orphan";
}

/**
 * Calls to one API server. Every method throws OpError, or the reason of an aborted signal, and retries nothing:
 * who calls knows whether and when to try again.
 */
export interface Client {
  readonly server: string;
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject>;
  list(type: ResourceType, options?: ListOptions): Promise<Page>;
  /** The body of a watch as it comes: a line of JSON for each event. Bookmarks are asked for. */
  watch(type: ResourceType, options: WatchOptions): Promise<AsyncIterable<Uint8Array>>;
  /** Throws ALREADY_EXISTS and changes nothing when there is an object of that name. */
  create(object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  /** PUT. With metadata.resourceVersion it throws CONFLICT when the object has moved on. */
  replace(object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  /**
   * Server-side apply: creates, or changes exactly the manager's fields. With metadata.uid it throws CONFLICT unless that
   * incarnation exists. `force` takes fields over from other managers; without it they are a CONFLICT.
   */
  apply(
    object: KubeObject,
    options: CallOptions & { readonly manager: string; readonly force?: boolean },
  ): Promise<KubeObject>;
  patch(
    ref: ObjectRef,
    patch: unknown,
    options: CallOptions & { readonly type: "merge" | "json" | "strategic" },
  ): Promise<KubeObject>;
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<unknown>;
  /** Any other request. The answer must be JSON. */
  request(request: ApiRequest): Promise<unknown>;
  /** What the server calls a kind. Built-in knowledge first, then asked once. Throws NOT_FOUND for a kind it doesn't serve. */
  discover(apiVersion: string, kind: string): Promise<ResourceType>;
  /** Ends all connections. Idempotent. */
  close(): Promise<void>;
}

export interface ClientOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number;
  /** Connections for requests other than watches; default 16. More requests wait. */
  readonly connections?: number;
  readonly userAgent?: string;
  /** Default 256 MiB. */
  readonly maxBodyBytes?: number;
  readonly clock?: Clock;
}

const patchTypes = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

/** A client for the API server; does no I/O until it is used. */
export function connect(access: Access, options: ClientOptions = {}): Client {
  const wire = transport(access, {
    clock: options.clock ?? systemClock,
    timeoutMs: options.timeoutMs ?? 30_000,
    connections: options.connections ?? 16,
    userAgent: options.userAgent ?? "headgate",
    maxBodyBytes: options.maxBodyBytes ?? 256 * 2 ** 20,
  });
  const discover = discovery(wire);
  const place = async (ref: ObjectRef, subresource?: string): Promise<string> => {
    const { namespace, name } = ref;
    return objectPath(await discover(ref.apiVersion, ref.kind), { namespace, name, subresource });
  };
  const placeOf = ({ apiVersion, kind, metadata }: KubeObject, subresource?: string): Promise<string> =>
    place({ apiVersion, kind, ...metadata }, subresource);
  const sendObject = async (request: ApiRequest): Promise<KubeObject> => asObject(await wire.send(request), request);

  return {
    server: access.server,
    get: async (ref, { subresource, signal, beforeSend } = {}) =>
      sendObject({ method: "GET", path: await place(ref, subresource), signal, beforeSend }),
    list: async (type, { namespace, signal, ...query } = {}) => {
      const path = collectionPath(type, namespace);
      return asPage(await wire.send({ method: "GET", path, query: { ...query }, signal }), type, path);
    },
    watch: (type, { namespace, signal, ...query }) =>
      wire.stream({
        method: "GET",
        path: collectionPath(type, namespace),
        query: { ...query, watch: true, allowWatchBookmarks: true },
        signal,
      }),
    create: async (object, { manager, ...sending } = {}) => {
      const type = await discover(object.apiVersion, object.kind);
      requireNamespace(type, object.metadata.namespace);
      const path = collectionPath(type, object.metadata.namespace);
      return sendObject({ method: "POST", path, query: { fieldManager: manager }, body: object, ...sending });
    },
    replace: async (object, { subresource, manager, ...sending } = {}) =>
      sendObject({
        method: "PUT",
        path: await placeOf(object, subresource),
        query: { fieldManager: manager },
        body: object,
        ...sending,
      }),
    apply: async (object, { subresource, manager, force, ...sending }) =>
      sendObject({
        method: "PATCH",
        path: await placeOf(object, subresource),
        query: { fieldManager: manager, force: force === true ? true : undefined },
        // JSON is YAML; the media type that takes JSON by name is newer than some servers that we meet.
        contentType: "application/apply-patch+yaml",
        body: object,
        ...sending,
      }),
    patch: async (ref, patch, { type, subresource, manager, ...sending }) =>
      sendObject({
        method: "PATCH",
        path: await place(ref, subresource),
        query: { fieldManager: manager },
        contentType: patchTypes[type],
        body: patch,
        ...sending,
      }),
    delete: async (ref, { uid, resourceVersion, propagation = "Background", ...sending } = {}) =>
      wire.send({
        method: "DELETE",
        path: await place(ref),
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          propagationPolicy: propagation,
          ...(uid === undefined && resourceVersion === undefined
            ? {}
            : {
                preconditions: {
                  ...(uid === undefined ? {} : { uid }),
                  ...(resourceVersion === undefined ? {} : { resourceVersion }),
                },
              }),
        },
        ...sending,
      }),
    request: (request) => wire.send(request),
    discover,
    close: () => wire.close(),
  };
}

/** Whether an answer, an event's object or a list's item is an object at all, with the names that make it one. */
export function isObject(value: unknown): value is KubeObject {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind, metadata } = value as { apiVersion?: unknown; kind?: unknown; metadata?: unknown };
  if (typeof apiVersion !== "string" || typeof kind !== "string") return false;
  return typeof metadata === "object" && metadata !== null;
}

function asObject(answer: unknown, { method, path }: ApiRequest): KubeObject {
  if (isObject(answer)) return answer;
  throw new OpError("PROTOCOL", `${method} ${path}: the answer is not an object with apiVersion, kind and metadata`);
}

function asPage(answer: unknown, type: ResourceType, path: string): Page {
  const { items, metadata } = (answer ?? {}) as {
    items?: unknown;
    metadata?: { resourceVersion?: unknown; continue?: unknown };
  };
  const version = metadata?.resourceVersion;
  // A Go server writes an empty list as null.
  if (typeof version !== "string" || !(Array.isArray(items) || items === null)) {
    throw new OpError("PROTOCOL", `GET ${path}: the answer is not a list`);
  }
  const next = metadata?.continue;
  return {
    items: ((items ?? []) as unknown[]).map((item) => {
      const named = { ...(item as object), apiVersion: type.apiVersion, kind: type.kind };
      if (!isObject(named) || typeof named.metadata.name !== "string") {
        throw new OpError("PROTOCOL", `GET ${path}: an item without metadata.name`);
      }
      return named;
    }),
    resourceVersion: version,
    ...(typeof next === "string" && next !== "" ? { continue: next } : {}),
  };
}
