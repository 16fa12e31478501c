/** Answers one HTTP request, of HTTP/1.1 and HTTP/2 alike. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import { type EchoSettings, parseDuration } from "./settings.ts";

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

/** What can be changed while the app runs. */
export interface EchoState {
  ready: boolean;
  healthy: boolean;
  /** It was told to end, and serves on for its drain time. */
  terminating: boolean;
  /** It takes no new connections and ends those that wait for a request. */
  draining: boolean;
}

const largestEcho = 1 << 20;

export async function answer(
  settings: EchoSettings,
  state: EchoState,
  request: Request,
  response: Response,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://pod");
  response.setHeader("x-pod", settings.identity.pod);
  if (state.draining && request.httpVersionMajor === 1) response.setHeader("connection", "close");
  if (url.pathname === "/ready" || url.pathname === "/readyz") {
    reply(response, state.ready ? 200 : 503, state.ready ? "ok\n" : "not ready\n");
  } else if (url.pathname === "/healthz" || url.pathname === "/livez") {
    reply(response, state.healthy ? 200 : 503, state.healthy ? "ok\n" : "not healthy\n");
  } else if (url.pathname.startsWith("/admin/")) {
    administer(state, url, request, response);
  } else {
    await echo(settings, state, { url, request, response });
  }
}

interface Exchange {
  readonly url: URL;
  readonly request: Request;
  readonly response: Response;
}

async function echo(settings: EchoSettings, state: EchoState, { url, request, response }: Exchange): Promise<void> {
  const knob = (name: string, otherwise: number): string => {
    const header = request.headers[`x-echo-${name}`];
    return url.searchParams.get(name) ?? (typeof header === "string" ? header : String(otherwise));
  };
  const body = await readBody(request);
  const delayMs = parseDuration(knob("delay", settings.delayMs)) ?? 0;
  if (delayMs > 0) await pause(delayMs);
  const fails = Math.random() < Number(knob("error-rate", settings.errorRate));
  const asked = Number(knob("status", 200));
  response.statusCode = fails ? settings.errorStatus : asked >= 200 && asked <= 599 ? asked : 400;
  const size = Number(knob("size", 0));
  if (size > 0) {
    response.setHeader("content-type", "application/octet-stream");
    response.setHeader("content-length", String(size));
    response.end(Buffer.alloc(size, "."));
    return;
  }
  const said = {
    ...settings.identity,
    pid: process.pid,
    terminating: state.terminating,
    method: request.method,
    path: url.pathname + url.search,
    protocol: `HTTP/${request.httpVersion}`,
    host: request.headers.host ?? request.headers[":authority"],
    remoteAddress: request.socket.remoteAddress,
    headers: request.headers,
    bodyBytes: body.length,
    ...(body.length > 0 && body.length <= largestEcho ? { body: body.toString() } : {}),
    env: settings.env,
  };
  response.setHeader("content-type", "application/json");
  reply(response, response.statusCode, `${JSON.stringify(said, null, 2)}\n`);
}

function reply(response: Response, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader("content-length", Buffer.byteLength(text));
  response.end(text);
}

function administer(state: EchoState, url: URL, request: Request, response: Response): void {
  const name = url.pathname.slice("/admin/".length);
  const value = url.searchParams.get("value") !== "false";
  if (request.method !== "POST") {
    reply(response, 405, "use POST\n");
  } else if (name === "ready" || name === "healthy") {
    state[name] = value;
    reply(response, 200, `${name}: ${value}\n`);
  } else if (name === "exit") {
    reply(response, 200, "exiting\n");
    response.once("finish", () => {
      process.exit(Number(url.searchParams.get("code") ?? 1));
    });
  } else {
    reply(response, 404, "there are /admin/ready, /admin/healthy and /admin/exit\n");
  }
}

async function readBody(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
