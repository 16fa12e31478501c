import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { seed } from "./storage/seed.ts";
import { createAddresses } from "./storage/addresses.ts";
import { createStorage, type Storage } from "./storage/storage.ts";
import { ApiError, badRequest, internalError, notImplemented, unknownPath } from "./http/api-error.ts";
import { discovery } from "./http/discovery.ts";
import { readBody, refuseStrangers } from "./http/guard.ts";
import { openApi } from "./http/openapi.ts";
import { targetOf } from "./http/path.ts";
import { send } from "./http/respond.ts";
import { type Cluster, timestamp } from "./handlers/cluster.ts";
import { dispatch } from "./handlers/dispatch.ts";
import type { JsonObject } from "./json/json.ts";
import type { KubeObject } from "./json/object.ts";
import { createRegistry } from "./kinds/registry.ts";

export interface ApiServerOptions {
  /** A loopback address: the server asks nobody who they are. */
  readonly host?: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** The storage of an earlier server, to continue where it stopped. */
  readonly storage?: Storage;
  /** How many events are kept for each resource; a watch from an older revision gets 410. For a new storage only. */
  readonly history?: number;
  /** How often a watch that allows bookmarks gets one. */
  readonly bookmarkIntervalMs?: number;
  /** The most bytes that a request's body may have. */
  readonly bodyLimit?: number;
  /** CustomResourceDefinitions that a new storage has from the start; Gateway API's kinds by default. */
  readonly definitions?: readonly JsonObject[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  readonly storage: Storage;
  /** A kubeconfig for this server, as YAML. */
  kubeconfig(): string;
  /** Ends every connection, watches too, and stops listening. The storage stays as it is. */
  close(): Promise<void>;
}

const version = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.0+local",
  platform: `${process.platform}/${process.arch}`,
};

const kubeconfigOf = (url: string): string => `apiVersion: v1
kind: Config
clusters:
  - name: local
    cluster:
      server: ${url}
contexts:
  - name: local
    context:
      cluster: local
      user: local
      namespace: default
current-context: local
users:
  - name: local
    user: {}
`;

const fixedAnswers: ReadonlyMap<string, string> = new Map([
  ["/version", JSON.stringify(version)],
  ["/healthz", "ok"],
  ["/livez", "ok"],
  ["/readyz", "ok"],
]);

/** The answer to a path that is not about a resource, or `undefined` when it is about one. */
const generalAnswer = ({ registry }: Cluster, path: string, segments: readonly string[]): string | undefined => {
  const all = registry.all();
  const isOpenApi = segments[0] === "openapi" && segments[1] === "v3";
  const document = isOpenApi ? openApi(segments.slice(2).join("/"), all) : discovery(segments, all);
  return fixedAnswers.get(path) ?? (document && JSON.stringify(document));
};

const pathSegments = (path: string): string[] => {
  try {
    return path
      .split("/")
      .filter((segment) => segment !== "")
      .map(decodeURIComponent);
  } catch {
    throw badRequest(`the path isn't well encoded: ${path}`);
  }
};

const handle = async (
  cluster: Cluster,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  bodyLimit: number,
): Promise<void> => {
  refuseStrangers(incoming);
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const segments = pathSegments(url.pathname);
  const general = incoming.method === "GET" ? generalAnswer(cluster, url.pathname, segments) : undefined;
  if (general !== undefined) {
    send(outgoing, 200, general);
    return;
  }
  if (segments[0] === "openapi") throw notImplemented("this server publishes OpenAPI v3 only");
  const target = targetOf(segments, cluster.registry);
  if (!target) throw unknownPath();
  const body = await readBody(incoming, bodyLimit);
  dispatch(cluster, { ...target, query: url.searchParams, incoming, outgoing, body, warnings: [] });
};

const answerError = (outgoing: ServerResponse, error: unknown): void => {
  if (outgoing.headersSent || outgoing.destroyed) {
    outgoing.destroy();
    return;
  }
  const known =
    error instanceof ApiError
      ? error
      : internalError(
          `Internal error occurred: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
  // The rest of an unread body would be taken for the next request.
  if (known.code === 413) outgoing.setHeader("Connection", "close");
  send(outgoing, known.code, JSON.stringify(known.status));
};

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Starts a stand-in for the Kubernetes API server. Rejects when the address isn't loopback or is taken. */
export const startApiServer = async (options: ApiServerOptions = {}): Promise<ApiServer> => {
  const host = options.host ?? "127.0.0.1";
  if (!loopback.test(host))
    throw new Error(`the API server has no authentication and listens on loopback only, not on ${host}`);
  const now = options.now ?? Date.now;
  const storage =
    options.storage ?? // No storage writes a thousand times a second all its life, so a later one starts further on.
    createStorage({ start: Date.now(), ...(options.history !== undefined && { history: options.history }) });
  seed(storage, timestamp(now()), options.definitions as readonly KubeObject[] | undefined);
  const registry = createRegistry(storage);
  const addresses = createAddresses(storage);
  const cluster: Cluster = {
    storage,
    registry,
    addresses,
    pages: new Map(),
    bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000,
    now,
  };
  const bodyLimit = options.bodyLimit ?? 3 * 1024 * 1024;

  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (incoming, outgoing) => {
    handle(cluster, incoming, outgoing, bodyLimit).catch((error: unknown) => {
      answerError(outgoing, error);
    });
  });
  server.on("upgrade", (_incoming, socket) => {
    const text = JSON.stringify(
      notImplemented("this server doesn't upgrade connections: no exec, attach or port-forward").status,
    );
    const length = Buffer.byteLength(text);
    socket.end(
      `HTTP/1.1 501 Refused\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${text}`,
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    url,
    port,
    storage,
    kubeconfig: () => kubeconfigOf(url),
    close: async () => {
      const closed = new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
      server.closeAllConnections();
      await closed;
      registry.close();
      addresses.close();
    },
  };
};
