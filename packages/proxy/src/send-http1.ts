import { Agent, request as newRequest } from "node:http";
import type { AgentOptions, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Endpoint } from "@headgate/views/route-table";
import { cleanTrailers, pairsOf, valuesOf } from "./header-list.ts";
import type { HeaderList } from "./header-list.ts";
import { SendError } from "./outbound.ts";
import type { Answer, Attempt, Outbound, Reached } from "./outbound.ts";

/**
 * Connections to one endpoint, kept open between requests.
 *
 * A connection on which bytes arrive that nobody asked for is never used again: they could pass for the answer to the next request.
 */
export class KeepAliveAgent extends Agent {
  constructor(options: AgentOptions = {}) {
    // Shorter than what servers allow (5 s is the shortest common default), so that it is we who close an idle connection.
    super({ keepAlive: true, scheduling: "lifo", timeout: 4_000, maxFreeSockets: 64, ...options });
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // eslint-disable-next-line @typescript-eslint/no-confusing-void-expression -- typed as nothing, but it answers whether the socket may stay
    const stays = super.keepSocketAlive(socket) as unknown as boolean;
    if (!stays || socket.readableLength > 0) return false;
    socket.on("data", destroyOnData);
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    socket.off("data", destroyOnData);
    super.reuseSocket(socket, request);
  }
}

function destroyOnData(this: Duplex): void {
  this.destroy();
}

const bodiless = new Set(["GET", "HEAD", "OPTIONS", "DELETE", "TRACE"]);

/** The head as Node wants it: flat, with the framing that fits the body. */
function flatHead({ authority, headers, body, method, wantsTrailers }: Outbound): string[] {
  const flat = ["Host", authority, ...headers.flat()];
  const sized = valuesOf(headers, "content-length").length > 0;
  if (body !== undefined && !sized) flat.push("Transfer-Encoding", "chunked");
  else if (body === undefined && !sized && !bodiless.has(method)) flat.push("Content-Length", "0");
  if (wantsTrailers) flat.push("TE", "trailers", "Connection", "TE, keep-alive");
  return flat;
}

/** Sends a request over HTTP/1.1. `fresh` opens a connection for this request alone. */
export function sendHttp1(agent: Agent, { address, port }: Endpoint, out: Outbound, fresh: boolean): Attempt {
  const request = newRequest({
    host: address,
    port,
    method: out.method,
    path: out.target,
    headers: flatHead(out),
    setHost: false,
    agent: fresh ? false : agent,
    insecureHTTPParser: false,
  });
  const progress = { connected: false, bodyRead: false, writtenBefore: 0, socket: undefined as Socket | undefined };
  const sendBody = (): void => {
    const { body } = out;
    if (body === undefined) return;
    progress.bodyRead = true;
    // A client that waits for 100-continue sends nothing before the backend has seen the head.
    request.flushHeaders();
    body.pipe(request, { end: false });
    body.once("end", () => {
      if (!out.bodyComplete()) {
        request.destroy(new Error("the client's body broke off"));
        return;
      }
      const trailers = cleanTrailers(out.trailers());
      if (trailers.length > 0) request.addTrailers(trailers.map(([name, value]) => [name, value] as [string, string]));
      request.end();
    });
  };
  request.once("socket", (socket) => {
    progress.socket = socket;
    const connected = (): void => {
      clearTimeout(timer);
      progress.connected = true;
      progress.writtenBefore = request.reusedSocket ? socket.bytesWritten : 0;
      sendBody();
    };
    const timer = setTimeout(() => {
      request.destroy(new Error(`no connection to ${address}:${port} within ${out.connectTimeoutMs} ms`));
    }, out.connectTimeoutMs);
    request.once("close", () => {
      clearTimeout(timer);
    });
    if (socket.connecting) socket.once("connect", connected);
    else connected();
  });
  if (out.body === undefined) request.end();
  request.on("information", ({ statusCode, rawHeaders }) => {
    out.onInformational(statusCode, pairsOf(rawHeaders));
  });

  const answer = new Promise<Answer>((resolve, reject) => {
    request.once("response", (response: IncomingMessage) => {
      // Whoever reads the body learns of a failure by its end; that nobody reads it is no reason to crash.
      response.on("error", () => undefined);
      resolve(answerOf(response));
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      const malformed = error.code?.startsWith("HPE_") === true;
      const reached = reachedOf(request, progress, malformed);
      reject(new SendError(error, { reached, bodyRead: progress.bodyRead, reused: request.reusedSocket, malformed }));
    };
    request.on("error", fail);
    // A protocol switch that nobody asked for ends the request without an error.
    request.once("close", () => {
      fail(new Error("the connection closed without an answer"));
    });
  });
  return {
    answer,
    cancel: () => {
      request.destroy();
    },
  };
}

interface Progress {
  readonly connected: boolean;
  readonly writtenBefore: number;
  readonly socket: Socket | undefined;
}

function reachedOf(
  request: ClientRequest,
  { connected, socket, writtenBefore }: Progress,
  malformed: boolean,
): Reached {
  if (!connected) return "nothing";
  if (!request.reusedSocket || malformed) return "something";
  return socket?.bytesWritten === writtenBefore ? "nothing" : "dead-connection";
}

function answerOf(response: IncomingMessage): Answer {
  const headers: HeaderList = pairsOf(response.rawHeaders);
  return {
    status: response.statusCode ?? 502,
    headers,
    body: response,
    complete: () => response.complete,
    empty: false,
    trailers: () => pairsOf(response.rawTrailers),
  };
}
