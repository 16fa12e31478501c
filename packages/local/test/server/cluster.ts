import { afterEach } from "vitest";
import {
  type ApiServer,
  type ApiServerOptions,
  type Json,
  type JsonObject,
  startApiServer,
} from "../../src/server/index.ts";
import { at, shown } from "../../src/server/json/json.ts";

export interface Answer {
  readonly code: number;
  readonly body: JsonObject;
  readonly text: string;
  readonly headers: Headers;
}

export interface Call {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly headers?: Record<string, string>;
}

export interface Watch {
  /** The next event; rejects when the stream ends first. */
  next(): Promise<{ readonly type: string; readonly object: JsonObject }>;
  /** Resolves when the server has ended the stream. */
  ended(): Promise<void>;
  stop(): void;
}

export interface TestCluster extends ApiServer {
  call(method: string, path: string, call?: Call): Promise<Answer>;
  get(path: string): Promise<JsonObject>;
  create(path: string, body: unknown): Promise<JsonObject>;
  patch(path: string, body: unknown, type?: string): Promise<Answer>;
  apply(path: string, body: unknown, manager: string, force?: boolean): Promise<Answer>;
  watch(path: string, accept?: string): Promise<Watch>;
}

const open: ApiServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** A server that the end of the test closes. */
export const startCluster = async (options: ApiServerOptions = {}): Promise<TestCluster> => {
  const server = await startApiServer(options);
  open.push(server);
  const call = async (method: string, path: string, { body, type, accept, headers }: Call = {}): Promise<Answer> => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": type ?? "application/json" }),
        ...(accept !== undefined && { accept }),
        "user-agent": "test/1",
        ...headers,
      },
      ...(body !== undefined && {
        body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    return { code: response.status, text, headers: response.headers, body: parsed(text) };
  };
  const ok = async (method: string, path: string, body?: unknown): Promise<JsonObject> => {
    const answer = await call(method, path, { ...(body !== undefined && { body }) });
    if (answer.code >= 300) throw new Error(`${method} ${path}: ${answer.code} ${answer.text}`);
    return answer.body;
  };
  return {
    ...server,
    call,
    get: (path) => ok("GET", path),
    create: (path, body) => ok("POST", path, body),
    patch: (path, body, type = "merge-patch+json") => call("PATCH", path, { body, type: `application/${type}` }),
    apply: (path, body, manager, force = false) =>
      call("PATCH", `${path}?fieldManager=${manager}${force ? "&force=true" : ""}`, {
        body,
        type: "application/apply-patch+yaml",
      }),
    watch: (path, accept) => watch(server.url + path, accept),
  };
};

const parsed = (text: string): JsonObject => {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
};

const watch = async (url: string, accept = "application/json"): Promise<Watch> => {
  const control = new AbortController();
  const response = await fetch(url, { signal: control.signal, headers: { accept } });
  if (!response.ok || !response.body) throw new Error(`watch: ${response.status} ${await response.text()}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  const line = async (): Promise<string | undefined> => {
    for (;;) {
      const end = buffer.indexOf("\n");
      if (end >= 0) {
        const found = buffer.slice(0, end);
        buffer = buffer.slice(end + 1);
        return found;
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      buffer += value;
    }
  };
  return {
    next: async () => {
      const text = await line();
      if (text === undefined) throw new Error("the watch ended");
      return JSON.parse(text) as { type: string; object: JsonObject };
    },
    ended: async () => {
      while ((await line()) !== undefined);
    },
    stop: () => {
      control.abort();
    },
  };
};

export const text = (value: Json | undefined, ...path: readonly string[]): string => shown(at(value, ...path));

export const configMap = (
  name: string,
  data: Record<string, string> = {},
  labels?: Record<string, string>,
): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...(labels && { labels }) },
  data,
});

export const pod = (name: string, more: JsonObject = {}, labels?: Record<string, string>): JsonObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...(labels && { labels }) },
  spec: { containers: [{ name: "app", image: "app:1" }], ...more },
});

export const deployment = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "app", image: "app:1", ports: [{ containerPort: 80 }] }] },
    },
    ...spec,
  },
});

export const core = "/api/v1/namespaces/default";
export const apps = "/apis/apps/v1/namespaces/default";
