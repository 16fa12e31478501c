import { request } from "node:https";
import type { IncomingMessage } from "node:http";
import { connect, systemClock } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import { onTestFinished } from "vitest";

import { gatekeeper } from "../../src/view-api/caller.ts";
import { selfSigned } from "../../src/view-api/self-signed.ts";
import { viewServer } from "../../src/view-api/server.ts";
import type { Limits } from "../../src/view-api/server.ts";
import { group } from "./stage.ts";
import type { ViewStage } from "./stage.ts";

export interface Reply {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Asking {
  readonly method?: string;
  /** Undefined: the viewer's; null: none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Views behind a real server, whose callers a real API server knows. */
export interface Serving {
  readonly server: string;
  readonly ca: string;
  /** May read views in `default` alone. */
  readonly viewer: string;
  /** May read views everywhere. */
  readonly reader: string;
  /** May do nothing. */
  readonly stranger: string;
  readonly bugs: readonly unknown[];
  readonly warnings: readonly string[];
  readonly client: Client;
  readonly ask: (path: string, asking?: Asking) => Promise<Reply>;
  /** A watch: its lines as they come. */
  readonly open: (path: string, token?: string) => Promise<Open>;
  readonly stopApiServer: () => Promise<void>;
}

export interface Open {
  readonly code: number;
  readonly lines: () => readonly Line[];
  readonly ended: () => boolean;
  end(): void;
}

export interface Line {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly code?: number;
    readonly metadata: Readonly<Record<string, unknown>>;
  };
}

export const limits: Limits = { connections: 64, watches: 4, watchesOfOne: 3, stalledMs: 1_000 };

export async function serving(
  stage: ViewStage,
  options: { readonly waiting?: (id: string) => readonly string[]; readonly elapsed?: () => number } = {},
): Promise<Serving> {
  const api = await startApiServer();
  const client = connect({ server: api.url });
  const bugs: unknown[] = [];
  const warnings: string[] = [];
  const { cert, key, ca } = await selfSigned(["localhost", "127.0.0.1"], Date.now());
  const port = Promise.withResolvers<number>();
  const runner = viewServer({
    address: { host: "127.0.0.1", port: 0 },
    certificate: { cert, key },
    clock: systemClock,
    store: stage.store,
    waiting: options.waiting ?? (() => []),
    gatekeeper: gatekeeper({
      client,
      clock: { elapsed: options.elapsed ?? (() => systemClock.elapsed()) },
      onError: (_error, _fields, message) => warnings.push(message),
    }),
    limits,
    onListening: port.resolve,
    onBug: (cause) => bugs.push(cause),
    warn: (_fields, message) => warnings.push(message),
  });
  const abort = new AbortController();
  const done = runner.run(abort.signal);
  const server = `https://127.0.0.1:${String(await port.promise)}`;
  let isUp = true;
  const stopApiServer = async (): Promise<void> => {
    if (isUp) await api.close();
    isUp = false;
  };
  onTestFinished(async () => {
    abort.abort();
    await done;
    await client.close();
    await stopApiServer();
  });
  const [viewer, reader, stranger] = await Promise.all(
    ["viewer", "reader", "stranger"].map((name) => account(client, name)),
  );
  if (viewer === undefined || reader === undefined || stranger === undefined) throw new Error("no tokens");
  await grant(client);

  const send = (
    path: string,
    { method = "GET", token = viewer, headers = {}, body = "{}" }: Asking = {},
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const sized = method === "GET" ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
      const sent = request(
        server + path,
        { method, ca, agent: false, headers: { ...authorization, ...sized, ...headers } },
        resolve,
      );
      sent.on("error", reject);
      sent.end(method === "GET" ? undefined : body);
    });
  return {
    server,
    ca,
    viewer,
    reader,
    stranger,
    bugs,
    warnings,
    client,
    stopApiServer,
    ask: async (path, asking) => {
      const response = await send(path, asking);
      let text = "";
      for await (const part of response.setEncoding("utf8")) text += String(part);
      return {
        code: response.statusCode ?? 0,
        headers: response.headers,
        text,
        body: JSON.parse(text) as Reply["body"],
      };
    },
    open: async (path, token) => {
      const response = await send(path, { ...(token && { token }) });
      let text = "";
      let ended = false;
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("close", () => (ended = true)).on("error", () => undefined);
      return {
        code: response.statusCode ?? 0,
        lines: () =>
          text
            .split("\n")
            .slice(0, -1)
            .map((line) => JSON.parse(line) as Line),
        ended: () => ended,
        end: () => response.destroy(),
      };
    },
  };
}

async function account(client: Client, name: string): Promise<string> {
  await client.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace: "default", name } });
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const path = `/api/v1/namespaces/default/serviceaccounts/${name}/token`;
  const { status } = (await client.request({ method: "POST", path, body })) as {
    readonly status: { readonly token: string };
  };
  return status.token;
}

async function grant(client: Client): Promise<void> {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const rules = [{ apiGroups: [group], resources: ["*"], verbs: ["get", "list", "watch"] }];
  await client.create({ apiVersion, kind: "ClusterRole", metadata: { name: "views" }, rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "views" };
  const subjects = (name: string): object[] => [{ kind: "ServiceAccount", namespace: "default", name }];
  const metadata = { namespace: "default", name: "views" };
  await client.create({ apiVersion, kind: "RoleBinding", metadata, roleRef, subjects: subjects("viewer") });
  await client.create({
    apiVersion,
    kind: "ClusterRoleBinding",
    metadata: { name: "views" },
    roleRef,
    subjects: subjects("reader"),
  });
}
