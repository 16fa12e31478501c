/** A small client of any Kubernetes API server: JSON over HTTP, errors as {@link ApiError}. */
import { Agent, type Dispatcher } from "undici";
import type { KubeObject } from "./object.ts";
import { type ObjectName, type Resource, apiVersionOf, resourcePath } from "./resource.ts";

/** How to reach an API server and as whom. Certificates and keys are PEM text. */
export interface ClusterAccess {
  /** `http://127.0.0.1:6443` or `https://…`. */
  readonly server: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export function hasStatus(error: unknown, ...codes: number[]): boolean {
  return error instanceof ApiError && codes.includes(error.status);
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

export interface PatchOptions {
  readonly type?: "merge" | "strategic" | "json";
  readonly subresource?: string;
}

export interface WatchEvent<T> {
  readonly type: string;
  readonly object: T;
}

export interface Api {
  /** All pages. */
  list<T extends KubeObject>(
    resource: Resource<T>,
    options?: ListOptions,
  ): Promise<{ items: T[]; resourceVersion: string }>;
  /** Ends when the server ends the stream or the signal is aborted. An `ERROR` event is thrown as an {@link ApiError}. */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions & { readonly resourceVersion: string; readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent<T>>;
  get<T extends KubeObject>(resource: Resource<T>, target: ObjectName): Promise<T>;
  create<T extends KubeObject>(resource: Resource<T>, namespace: string, body: object): Promise<T>;
  /** Replaces the object that the body names; a stale `resourceVersion` is a conflict. */
  replace<T extends KubeObject>(resource: Resource<T>, body: T, subresource?: string): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    target: ObjectName,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T>;
  /** Server-side apply. The body states `apiVersion`, `kind` and `metadata.name`. */
  apply<T extends KubeObject>(
    resource: Resource<T>,
    target: ObjectName,
    body: object,
    options: { readonly fieldManager: string; readonly force?: boolean; readonly subresource?: string },
  ): Promise<T>;
  remove(resource: Resource, target: ObjectName, options?: DeleteOptions): Promise<void>;
  /** Any other request, with a JSON body and a JSON answer. */
  request(method: Dispatcher.HttpMethod, path: string, body?: unknown, contentType?: string): Promise<unknown>;
  /** Ends watches and drops connections. */
  close(): Promise<void>;
}

const pageSize = 1000;
const watchSeconds = 290;
const patchTypes = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
} as const;

/** Makes no request by itself. */
export function connectApi(access: ClusterAccess): Api {
  const tls = pick(access, ["ca", "cert", "key"]);
  const agent = new Agent({ connect: tls, keepAliveTimeout: 30_000, headersTimeout: 60_000 });
  const base = access.server.replace(/\/+$/, "");
  const headers: Record<string, string> = { accept: "application/json", "user-agent": "local-cluster" };
  if (access.token !== undefined) headers["authorization"] = `Bearer ${access.token}`;

  const send = async (
    method: Dispatcher.HttpMethod,
    path: string,
    options: Partial<Pick<Dispatcher.RequestOptions, "signal" | "bodyTimeout">> & {
      body?: unknown;
      contentType?: string;
    } = {},
  ): Promise<Dispatcher.ResponseData["body"]> => {
    const { body, contentType = "application/json", ...rest } = options;
    const url = new URL(base + path);
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": contentType },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...rest,
    });
    if (response.statusCode >= 300) throw errorOf(response.statusCode, await response.body.text());
    return response.body;
  };
  const request: Api["request"] = async (method, path, body, contentType) => {
    const answer = await send(method, path, { body, ...(contentType === undefined ? {} : { contentType }) });
    return answer.json();
  };

  return {
    request,
    async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}) {
      const items: T[] = [];
      const query = selection(options);
      query.set("limit", String(pageSize));
      for (;;) {
        const page = (await request("GET", `${resourcePath(resource, options)}?${query.toString()}`)) as {
          metadata: { resourceVersion: string; continue?: string };
          items: T[];
        };
        // Items of a list leave out what the list says of them all.
        for (const item of page.items) items.push({ ...item, apiVersion: apiVersionOf(resource), kind: resource.kind });
        const next = page.metadata.continue ?? "";
        if (next === "") return { items, resourceVersion: page.metadata.resourceVersion };
        query.set("continue", next);
      }
    },
    async *watch<T extends KubeObject>(
      resource: Resource<T>,
      options: ListOptions & { readonly resourceVersion: string; readonly signal: AbortSignal },
    ) {
      const query = selection(options);
      query.set("watch", "true");
      query.set("allowWatchBookmarks", "true");
      query.set("resourceVersion", options.resourceVersion);
      query.set("timeoutSeconds", String(watchSeconds));
      const body = await send("GET", `${resourcePath(resource, options)}?${query.toString()}`, {
        signal: options.signal,
        // A server that says nothing for this long, not even a bookmark, is taken for gone.
        bodyTimeout: (watchSeconds + 30) * 1000,
      });
      for await (const line of linesOf(body)) {
        const event = JSON.parse(line) as WatchEvent<T>;
        if (event.type === "ERROR") throw errorOf(0, line);
        yield event;
      }
    },
    async get<T extends KubeObject>(resource: Resource<T>, target: ObjectName) {
      return (await request("GET", resourcePath(resource, target))) as T;
    },
    async create<T extends KubeObject>(resource: Resource<T>, namespace: string, body: object) {
      return (await request("POST", resourcePath(resource, { namespace }), body)) as T;
    },
    async replace<T extends KubeObject>(resource: Resource<T>, body: T, subresource?: string) {
      const { namespace, name } = body.metadata;
      const path = resourcePath(resource, { namespace, name, ...(subresource === undefined ? {} : { subresource }) });
      return (await request("PUT", path, body)) as T;
    },
    async patch<T extends KubeObject>(
      resource: Resource<T>,
      target: ObjectName,
      patch: unknown,
      options: PatchOptions = {},
    ) {
      const { type = "merge", ...rest } = options;
      return (await request("PATCH", resourcePath(resource, { ...target, ...rest }), patch, patchTypes[type])) as T;
    },
    async apply<T extends KubeObject>(
      resource: Resource<T>,
      target: ObjectName,
      body: object,
      options: { readonly fieldManager: string; readonly force?: boolean; readonly subresource?: string },
    ) {
      const { fieldManager, force = false, ...rest } = options;
      const query = new URLSearchParams({ fieldManager, force: String(force) });
      const path = `${resourcePath(resource, { ...target, ...rest })}?${query.toString()}`;
      return (await request("PATCH", path, body, "application/apply-patch+yaml")) as T;
    },
    async remove(resource: Resource, target: ObjectName, options: DeleteOptions = {}) {
      const { uid, resourceVersion, ...rest } = options;
      const preconditions = { uid, resourceVersion };
      const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions, ...rest };
      await request("DELETE", resourcePath(resource, target), body);
    },
    close: () => agent.destroy(),
  };
}

function selection(options: ListOptions): URLSearchParams {
  return new URLSearchParams(pick(options, ["labelSelector", "fieldSelector"]));
}

function pick<T extends object>(from: T, keys: readonly (keyof T & string)[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const key of keys) {
    const value = from[key];
    if (typeof value === "string") picked[key] = value;
  }
  return picked;
}

function errorOf(statusCode: number, text: string): ApiError {
  let status: { code?: number; reason?: string; message?: string } = {};
  try {
    const body = JSON.parse(text) as { object?: typeof status } & typeof status;
    status = body.object ?? body;
  } catch {
    // A proxy or another server between may answer with anything.
  }
  const code = status.code ?? statusCode;
  return new ApiError(code, status.reason ?? "Unknown", status.message ?? `HTTP ${code}: ${text.slice(0, 200)}`);
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield line;
  }
}
