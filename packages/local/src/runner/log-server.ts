import { once } from "node:events";
import * as http from "node:http";
import { timestamp } from "../client/object.ts";
import { guardedServer, type ServerTls } from "../tls/guarded-server.ts";
import type { ContainerLog, LogLine } from "./container-log.ts";
import type { NoLog } from "./pod-worker.ts";

/** Finds the log of a container. */
export type FindLog = (target: {
  namespace: string;
  pod: string;
  container: string;
  previous: boolean;
}) => ContainerLog | NoLog;

export interface LogServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What the API server asks a node for when somebody wants logs: `/containerLogs/<namespace>/<pod>/<container>`. */
export async function startLogServer(options: {
  readonly host: string;
  /** A real API server speaks only TLS to a node. */
  readonly tls?: ServerTls;
  readonly find: FindLog;
  readonly now: () => number;
}): Promise<LogServer> {
  const handle: http.RequestListener = (request, response) => {
    const url = new URL(request.url ?? "/", "http://node");
    const [, route, namespace = "", pod = "", container = "", ...rest] = url.pathname
      .split("/")
      .map(decodeURIComponent);
    if (route !== "containerLogs" || container === "" || rest.length > 0) {
      response.writeHead(404).end("this node serves /containerLogs/NAMESPACE/POD/CONTAINER only\n");
      return;
    }
    const log = options.find({ namespace, pod, container, previous: isTrue(url, "previous") });
    if ("message" in log) {
      response.writeHead(log.status, { "content-type": "text/plain" }).end(log.message);
      return;
    }
    response.writeHead(200, { "content-type": "text/plain" });
    send(log, url, response, options.now());
  };
  const server = options.tls === undefined ? http.createServer(handle) : guardedServer(options.tls, handle);
  server.listen(0, options.host);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function isTrue(url: URL, name: string): boolean {
  return ["true", "1"].includes(url.searchParams.get(name) ?? "");
}

function send(log: ContainerLog, url: URL, response: http.ServerResponse, now: number): void {
  const asked = (name: string): number => Number(url.searchParams.get(name) ?? Number.POSITIVE_INFINITY);
  const withTime = isTrue(url, "timestamps");
  let left = asked("limitBytes");
  const write = ({ at, text }: LogLine): void => {
    const line = Buffer.from(`${withTime ? `${new Date(at).toISOString()} ` : ""}${text}\n`);
    if (left > 0) response.write(line.subarray(0, Math.min(line.length, left)));
    left -= line.length;
  };
  for (const line of selectLines(log.lines(), { ...times(url, now), tailLines: asked("tailLines") })) write(line);
  if (!isTrue(url, "follow") || left <= 0) {
    response.end();
    return;
  }
  response.flushHeaders();
  const stop = log.follow((line) => {
    if (line !== undefined) write(line);
    if (line === undefined || left <= 0) response.end();
  });
  response.on("close", stop);
}

function times(url: URL, now: number): { sinceMs: number } {
  const seconds = url.searchParams.get("sinceSeconds");
  const time = Date.parse(url.searchParams.get("sinceTime") ?? timestamp(0));
  return { sinceMs: seconds === null ? time : now - Number(seconds) * 1000 };
}

/** The lines not older than `sinceMs`, and of these the last `tailLines`. */
export function selectLines(
  lines: readonly LogLine[],
  selection: { sinceMs: number; tailLines: number },
): readonly LogLine[] {
  const recent = lines.filter(({ at }) => at >= selection.sinceMs);
  return Number.isFinite(selection.tailLines) ? recent.slice(Math.max(0, recent.length - selection.tailLines)) : recent;
}
