import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { chance, draw } from "./chance.ts";
import type { StreamFault } from "./fault-stream.ts";
import { passStream } from "./fault-stream.ts";

/** What can befall one request: before the server sees it, instead of its answer, or after it was carried out. */
export type RequestFault =
  | "dropped before the server saw it"
  | "carried out, answer lost"
  | "black hole"
  | "409"
  | "410"
  | "429"
  | "500"
  | "503";

export interface FaultRates {
  /** For each request that is no watch. */
  readonly request: Readonly<Partial<Record<RequestFault, number>>>;
  /** For each event of a watch. */
  readonly stream: Readonly<Partial<Record<StreamFault, number>>>;
}

export interface FaultProxy {
  readonly url: string;
  rates: FaultRates;
  /** While true nothing is answered and nothing is refused: every byte vanishes, on old connections and new ones. */
  partitioned: boolean;
  /** How often each fault struck. */
  readonly struck: ReadonlyMap<string, number>;
  /** Requests that wanted to change something and reached the server. */
  readonly writes: number;
  close(): Promise<void>;
}

const messages: Readonly<Record<string, readonly [code: number, reason: string, headers?: Record<string, string>]>> = {
  "409": [409, "Conflict"],
  "410": [410, "Expired"],
  "429": [429, "TooManyRequests", { "retry-after": "1" }],
  "500": [500, "InternalError"],
  "503": [503, "ServiceUnavailable"],
};

export const noFaults: FaultRates = { request: {}, stream: {} };

/** A reverse proxy that treats an API server's traffic badly. A seed and what a request asks for decide its fate. */
export async function startFaultProxy(options: {
  readonly target: string;
  readonly seed: number;
  readonly rates: FaultRates;
}): Promise<FaultProxy> {
  const target = new URL(options.target);
  const struck = new Map<string, number>();
  const asked = new Map<string, number>();
  const sockets = new Set<Socket>();
  let writes = 0;

  const count = (fault: string): void => void struck.set(fault, (struck.get(fault) ?? 0) + 1);
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (proxy.partitioned) return;
    const { method = "GET", url = "/" } = incoming;
    const what = `${method} ${url.replace(/(resourceVersion|timeoutSeconds|continue)=[^&]*/g, "")}`;
    const nth = (asked.get(what) ?? 0) + 1;
    asked.set(what, nth);
    const random = chance(options.seed, `${what} ${nth}`);
    const isWatch = url.includes("watch=true");
    const fault = isWatch ? undefined : draw(proxy.rates.request, random);
    if (fault !== undefined) count(fault);
    if (fault === "black hole") return;
    if (fault === "dropped before the server saw it") {
      outgoing.destroy();
      return;
    }
    const message = fault === undefined ? undefined : messages[fault];
    if (message !== undefined) {
      answerStatus(outgoing, ...message);
      return;
    }
    if (method !== "GET") writes += 1;
    const upstream = httpRequest({
      host: target.hostname,
      port: target.port,
      method,
      path: url,
      headers: { ...incoming.headers, host: target.host, connection: "close" },
    });
    upstream.on("error", () => outgoing.destroy());
    upstream.on("response", (answer) => {
      answer.on("error", () => outgoing.destroy());
      if (fault === "carried out, answer lost") {
        answer.resume();
        outgoing.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (isWatch && answer.statusCode === 200) {
        passStream({
          answer,
          outgoing,
          random,
          rates: () => proxy.rates.stream,
          isDead: () => proxy.partitioned,
          count,
        });
      } else answer.pipe(outgoing);
    });
    outgoing.on("close", () => upstream.destroy());
    upstream.end(Buffer.concat(chunks));
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rates: options.rates,
    partitioned: false,
    struck,
    get writes() {
      return writes;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return proxy;
}

function answerStatus(
  outgoing: ServerResponse,
  code: number,
  reason: string,
  headers: Record<string, string> = {},
): void {
  outgoing.writeHead(code, { "content-type": "application/json", ...headers });
  outgoing.end(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Status",
      status: "Failure",
      code,
      reason,
      message: "by the fault proxy",
    }),
  );
}
