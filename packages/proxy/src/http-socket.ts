import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { ServerHttp2Session } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { answers, reasonHeader } from "./answers.ts";
import type { Reason } from "./answers.ts";
import { inboundOfHttp1, inboundOfHttp2 } from "./inbound.ts";
import type { Inbound } from "./inbound.ts";
import { http1Responder, http2Responder } from "./responder.ts";
import type { Responder } from "./responder.ts";
import { isUpgrade } from "./upgrade.ts";

export interface SocketLimits {
  /** Bytes of a request's head. */
  readonly headerBytes: number;
  /** How long a client may take for a request's head. */
  readonly headersTimeoutMs: number;
  /** How long a connection may stay open between requests. */
  readonly idleTimeoutMs: number;
  /** Connections at a time; more are closed at once. */
  readonly connections: number;
  /** Requests at a time on one HTTP/2 connection. */
  readonly streams: number;
}

export interface HttpSocketOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: SocketLimits;
  readonly onRequest: (request: Inbound, responder: Responder) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly onAnswer: (reason: Reason) => void;
}

/** A listening socket that speaks HTTP/1.1, and HTTP/2 to clients that open with its preface. */
export interface HttpSocket {
  readonly address: string;
  readonly port: number;
  readonly connections: () => number;
  /** Accepts nothing more, lets what is in progress end, and after `timeoutMs` breaks it off. */
  drain(timeoutMs: number): Promise<void>;
}

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Rejects when the address can't be listened on. */
export async function openHttpSocket(options: HttpSocketOptions): Promise<HttpSocket> {
  const { host, port, limits } = options;
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let draining = false;
  const server = http1Server(options, () => draining);
  const http2 = createHttp2Server({ settings: { maxConcurrentStreams: limits.streams }, maxHeaderListPairs: 2000 });
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.setTimeout(limits.idleTimeoutMs, () => {
      session.close();
    });
  });
  http2.on("sessionError", () => undefined);
  http2.on("stream", (stream, headers, _flags, rawHeaders) => {
    options.onRequest(inboundOfHttp2(stream, headers, rawHeaders), http2Responder(stream));
  });

  // Node's own handler of connections waits until it is known which protocol the client speaks.
  const [serveHttp1] = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    sniff(socket, limits.headersTimeoutMs, (isHttp2) => {
      if (isHttp2) http2.emit("connection", socket);
      else serveHttp1?.call(server, socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address() as AddressInfo;
  return {
    address: bound.address,
    port: bound.port,
    connections: () => sockets.size,
    drain: async (timeoutMs) => {
      draining = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeIdleConnections();
      for (const session of sessions) session.close();
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, timeoutMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Reads until HTTP/1 and HTTP/2 can be told apart, and puts everything back. */
function sniff(socket: Socket, timeoutMs: number, decided: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const onTimeout = (): void => {
    socket.destroy();
  };
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const same = preface.subarray(0, seen.length).equals(seen.subarray(0, preface.length));
    if (same && seen.length < preface.length) return;
    socket.off("readable", onReadable);
    socket.off("timeout", onTimeout);
    socket.setTimeout(0);
    socket.unshift(seen);
    decided(same);
  };
  socket.setTimeout(timeoutMs, onTimeout);
  socket.on("readable", onReadable);
  socket.once("end", () => {
    if (seen.length < preface.length && socket.listenerCount("readable") > 0) socket.destroy();
  });
}

function http1Server({ limits, onRequest, onUpgrade, onAnswer }: HttpSocketOptions, draining: () => boolean): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    // A whole request may take as long as its body streams.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 1_000),
    insecureHTTPParser: false,
    // What may be left out by the letter of HTTP/1.0 is checked with everything else.
    requireHostHeader: false,
    shouldUpgradeCallback: isUpgrade,
  });
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  const open = new WeakMap<Duplex, Set<ServerResponse>>();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const responses = open.get(request.socket) ?? new Set();
    open.set(request.socket, responses.add(response));
    response.once("close", () => responses.delete(response));
    request.on("error", () => undefined);
    // A client that was not told to go on may or may not send its body: what comes next can't be known.
    const unclear = (): boolean => request.headers.expect !== undefined && !request.complete;
    onRequest(
      inboundOfHttp1(request),
      http1Responder(response, () => draining() || unclear()),
    );
  };
  server.on("request", serve);
  server.on("checkContinue", serve);
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    onAnswer("expectation-failed");
    response.shouldKeepAlive = false;
    response
      .writeHead(answers["expectation-failed"].status, { [reasonHeader]: "expectation-failed", "Content-Length": 0 })
      .end();
    request.resume();
  });
  server.on("connect", (_request, socket) => {
    refuseRaw(socket, "bad-request", onAnswer);
  });
  server.on("upgrade", onUpgrade);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const responses = [...(open.get(socket) ?? [])];
    // Part of an answer may be on its way, so that a second one would be taken for its body.
    if (responses.some((response) => response.headersSent) || !socket.writable) socket.destroy(error);
    else refuseRaw(socket, reasonOf(error), onAnswer);
  });
  return server;
}

function reasonOf({ code }: NodeJS.ErrnoException): Reason {
  if (code === "HPE_HEADER_OVERFLOW") return "headers-too-large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "request-timeout";
  return code === "HPE_INVALID_VERSION" ? "http-version" : "bad-request";
}

/** An answer where there is no response object, and the end of the connection. */
export function refuseRaw(socket: Duplex, reason: Reason, onAnswer: (reason: Reason) => void): void {
  onAnswer(reason);
  const { status, text } = answers[reason];
  const body = `${text}\n`;
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    "Connection: close",
    "Content-Type: text/plain",
    `Content-Length: ${body.length}`,
    `${reasonHeader}: ${reason}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.once("finish", () => socket.destroy());
}
