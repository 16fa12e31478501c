import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Server } from "node:https";

import type { Clock, Runner } from "@headgate/kube";

import { bind } from "../http-server.ts";
import type { ListenAddress } from "../listen-address.ts";
import { answer } from "./answer.ts";
import type { Answer, Answering } from "./answer.ts";
import { ApiFailure, statusOf } from "./failure.ts";

/** What a stranger may have of this process. */
export interface Limits {
  readonly connections: number;
  readonly watches: number;
  readonly watchesOfOne: number;
  /** How long a watch waits for a client that takes nothing. */
  readonly stalledMs: number;
}

export const defaultLimits: Limits = { connections: 256, watches: 128, watchesOfOne: 32, stalledMs: 60_000 };

export interface ViewServerOptions extends Omit<Answering, "clock"> {
  readonly address: ListenAddress;
  /** PEM. */
  readonly certificate: KeyPair;
  /** Where a newer certificate may be. Undefined: it stays as it is. */
  readonly reread?: { readonly everyMs: number; readonly read: () => Promise<KeyPair> } | undefined;
  readonly clock: Clock;
  readonly limits?: Limits;
  /** Told the port once it is bound. */
  readonly onListening: (port: number) => void;
  /** Told of what should never happen. */
  readonly onBug: (cause: unknown) => void;
  readonly warn: (fields: object, message: string) => void;
}

interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A body is read so far, though it is of no use. */
const longestBody = 2 ** 20;

type WatchAnswer = Extract<Answer, { readonly lines: unknown }>;

/** The views of this process as a part of the Kubernetes API, through TLS, until the signal aborts. Fails when the address can't be bound. */
export function viewServer(options: ViewServerOptions): Runner {
  return {
    name: "views",
    run: async (signal) => {
      const { limits = defaultLimits, certificate, address } = options;
      const serve = handler(options, signal);
      const server = createServer(
        {
          cert: certificate.cert,
          key: certificate.key,
          minVersion: "TLSv1.2",
          handshakeTimeout: 10_000,
          headersTimeout: 10_000,
          requestTimeout: 10_000,
          connectionsCheckingInterval: 5_000,
          keepAliveTimeout: 30_000,
          maxHeaderSize: 16_384,
        },
        serve,
      );
      server.maxConnections = limits.connections;
      options.onListening(await bind(server, address));
      const closed = once(server, "close");
      const stop = (): void => {
        server.close();
        server.closeAllConnections();
      };
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      const forget = renewing(server, options);
      await closed;
      forget();
    },
  };
}

/** Takes a newer certificate when there is one; connections that stand are not touched. Gives what ends it. */
function renewing(server: Server, { certificate, reread, clock, warn }: ViewServerOptions): () => void {
  if (reread === undefined) return () => undefined;
  let current = certificate;
  let cancel: () => void = () => undefined;
  const look = async (): Promise<void> => {
    try {
      const { cert, key } = await reread.read();
      if (cert !== current.cert || key !== current.key) server.setSecureContext({ cert, key, minVersion: "TLSv1.2" });
      current = { cert, key };
    } catch (error) {
      warn({ error: String(error) }, "the certificate of the views could not be read again; the one before is kept");
    }
  };
  const arm = (): void => {
    cancel = clock.after(reread.everyMs, () => {
      arm();
      void look();
    });
  };
  arm();
  return () => {
    cancel();
  };
}

function handler(options: ViewServerOptions, signal: AbortSignal) {
  const { limits = defaultLimits } = options;
  const watches = new Map<string, number>();
  let all = 0;

  const enter = (username: string): (() => void) => {
    const own = watches.get(username) ?? 0;
    if (all >= limits.watches || own >= limits.watchesOfOne) {
      const most =
        all >= limits.watches ? `${String(limits.watches)} in all` : `${String(limits.watchesOfOne)} of one user`;
      throw new ApiFailure(429, `too many watches of views (${most}): end one of them first`);
    }
    all += 1;
    watches.set(username, own + 1);
    return () => {
      all -= 1;
      const left = (watches.get(username) ?? 1) - 1;
      if (left === 0) watches.delete(username);
      else watches.set(username, left);
    };
  };
  const watch = async ({ lines, caller, timeoutMs }: WatchAnswer, response: ServerResponse): Promise<void> => {
    const leave = enter(caller.username);
    try {
      await stream(lines, response, { clock: options.clock, timeoutMs, stalledMs: limits.stalledMs });
    } finally {
      leave();
    }
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.on("close", () => {
      gone.abort();
    });
    const { method = "", url = "/", headers } = request;
    const asked = { method, url, headers, signal: AbortSignal.any([signal, gone.signal]) };
    try {
      // Who is answered before all was read may not hear the answer.
      if (method !== "GET") await discarded(request);
      const found = await answer(asked, options);
      if ("lines" in found) await watch(found, response);
      else send(response, 200, found.body, found.contentType);
    } catch (error) {
      fail(response, error, options.onBug);
    }
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    void serve(request, response);
  };
}

/** Reads a body that nobody wants, unless it is a long one. */
async function discarded(request: IncomingMessage): Promise<void> {
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > longestBody) throw new ApiFailure(413, "a body that long is not read: views are read-only");
  }
}

interface Streaming {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly stalledMs: number;
}

/** Writes what comes, no faster than it is taken. */
async function stream(
  lines: AsyncGenerator<string, void>,
  response: ServerResponse,
  { clock, timeoutMs, stalledMs }: Streaming,
): Promise<void> {
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
  response.flushHeaders();
  const end = clock.after(timeoutMs, () => response.end());
  try {
    for await (const line of lines) {
      if (response.writableEnded || response.destroyed) return;
      if (response.write(line)) continue;
      const giveUp = clock.after(stalledMs, () => response.destroy());
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        response.once("close", resolve);
      });
      giveUp();
    }
    response.end();
  } finally {
    end();
  }
}

function send(response: ServerResponse, code: number, body: object, contentType = "application/json"): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-cache, private",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}

function fail(response: ServerResponse, error: unknown, onBug: (cause: unknown) => void): void {
  if (!(error instanceof ApiFailure)) onBug(error);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const failure =
    error instanceof ApiFailure ? error : new ApiFailure(500, "an error within Headgate, which its log tells of");
  // The connection of someone unknown is not kept, nor one with a body that was not read to its end.
  if (failure.code === 401 || failure.code === 413) response.setHeader("connection", "close");
  if (failure.code === 401) response.setHeader("www-authenticate", "Bearer");
  if (failure.retryAfterSeconds !== undefined) response.setHeader("retry-after", failure.retryAfterSeconds);
  send(response, failure.code, statusOf(failure));
}
