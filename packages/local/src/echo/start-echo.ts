import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { answer, type EchoState, type Request, type Response } from "./answer.ts";
import { answerGrpc } from "./grpc.ts";
import type { EchoSettings } from "./settings.ts";

export interface Echo {
  readonly httpPorts: readonly number[];
  readonly tcpPorts: readonly number[];
  /** Serves on for the drain time, then stops listening and resolves when what was in flight is done. */
  drain(): Promise<void>;
  /** Drops everything at once. */
  close(): Promise<void>;
}

/** Listens after the start-up delay: HTTP/1.1, HTTP/2 without TLS, gRPC and WebSocket on each HTTP port; raw bytes come back on a TCP port. */
export async function startEcho(settings: EchoSettings, log: (line: string) => void): Promise<Echo> {
  const state: EchoState = { ready: settings.ready, healthy: true, terminating: false, draining: false };
  const sockets = new Set<net.Socket>();
  const sessions = new Set<http2.ServerHttp2Session>();
  /** Of HTTP/1.1 connections: whether they wait for a request. A server that does not listen itself keeps no such list. */
  const idle = new Map<net.Socket, boolean>();
  const endIdle = (): void => {
    for (const [socket, isIdle] of idle) if (isIdle) socket.end();
  };
  const respond = (request: Request, response: Response): void => {
    const started = performance.now();
    const { socket } = request;
    if (idle.has(socket)) idle.set(socket, false);
    response.once("close", () => {
      if (idle.has(socket)) idle.set(socket, true);
      // A connection that was busy when draining began is idle only now.
      if (state.draining) endIdle();
      log(
        `${request.method ?? ""} ${request.url ?? ""} ${response.statusCode} ${Math.round(performance.now() - started)}ms`,
      );
    });
    answer(settings, state, request, response).catch((error: unknown) => {
      log(`${request.method ?? ""} ${request.url ?? ""} failed: ${String(error)}`);
      response.destroy();
    });
  };
  const http1 = http.createServer(respond);
  // Who asks decides how long a connection is kept: one that ends while a proxy sends its next request on it is a failure to a client.
  http1.keepAliveTimeout = 0;
  const plainHttp2 = http2.createServer((request, response) => {
    if (request.headers["content-type"]?.startsWith("application/grpc") !== true) {
      respond(request, response);
      return;
    }
    log(`gRPC ${request.url}`);
    answerGrpc(settings, state, request, response).catch((error: unknown) => {
      log(`gRPC ${request.url} failed: ${String(error)}`);
    });
  });
  plainHttp2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => {
      session.destroy();
    });
  });
  const webSockets = new WebSocketServer({ noServer: true });
  webSockets.on("headers", (headers) => headers.push(`x-pod: ${settings.identity.pod}`));
  http1.on("upgrade", (request, socket, head) => {
    idle.delete(request.socket);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      log(`WebSocket ${request.url ?? ""}`);
      webSocket.on("message", (data, isBinary) => {
        webSocket.send(data, { binary: isBinary });
      });
      webSocket.on("error", () => {
        webSocket.terminate();
      });
    });
  });

  if (settings.startupDelayMs > 0) await pause(settings.startupDelayMs);
  const track = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {
      socket.destroy();
    });
  };
  const listen = async (port: number, take: (socket: net.Socket) => void): Promise<net.Server> => {
    const server = net.createServer((socket) => {
      track(socket);
      take(socket);
    });
    server.listen(port, settings.host);
    await once(server, "listening");
    return server;
  };
  const webServers = await Promise.all(
    settings.httpPorts.map((port) =>
      listen(port, (socket) => {
        sniff(socket, (isHttp2) => {
          if (!isHttp2) {
            idle.set(socket, false);
            socket.once("close", () => idle.delete(socket));
          }
          (isHttp2 ? plainHttp2 : http1).emit("connection", socket);
        });
      }),
    ),
  );
  const tcpServers = await Promise.all(settings.tcpPorts.map((port) => listen(port, (socket) => socket.pipe(socket))));
  const servers = [...webServers, ...tcpServers];
  const stopped = (): Promise<unknown> =>
    Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));

  return {
    httpPorts: webServers.map(portOf),
    tcpPorts: tcpServers.map(portOf),
    async drain() {
      state.terminating = true;
      if (settings.drainMs > 0) await pause(settings.drainMs);
      state.draining = true;
      const done = stopped();
      for (const session of sessions) session.close();
      for (const webSocket of webSockets.clients) webSocket.close(1001);
      endIdle();
      await done;
    },
    async close() {
      const done = stopped();
      for (const socket of sockets) socket.destroy();
      await done;
    },
  };
}

function portOf(server: net.Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first three bytes; no method of HTTP/1.1 begins with `PRI`. */
function sniff(socket: net.Socket, take: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const look = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    const head = seen.subarray(0, 3).toString("latin1");
    if (head.length < 3 && "PRI".startsWith(head)) return;
    socket.off("data", look);
    socket.pause();
    socket.unshift(seen);
    take(head === "PRI");
    if (head !== "PRI") socket.resume();
  };
  socket.on("data", look);
}
