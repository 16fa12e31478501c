import { OpError } from "@headgate/api";
import { Pool } from "undici";
import type { Dispatcher } from "undici";
import type { Access } from "./access.ts";
import type { Clock } from "./clock.ts";
import { failedAnswer, failedTalk } from "./failure.ts";

/** One HTTP request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path on the API server, already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the whole answer must have come; until its head for a stream. */
  readonly timeoutMs?: number | undefined;
  /** Called at the last moment, with nothing to wait for between it and the wire. What it throws rejects the request, and nothing is sent. */
  readonly beforeSend?: (() => void) | undefined;
}

export interface Transport {
  /** Sends, and reads the whole answer, which must be JSON. Throws OpError unless it is 2xx. */
  send(request: ApiRequest): Promise<unknown>;
  /** Sends, and hands over the body as it comes. Throws OpError unless the answer is 2xx. Abort the signal to end it. */
  stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>;
  /** Ends all connections at once; requests under way fail as UNREACHABLE. Idempotent. */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly connections: number;
  readonly userAgent: string;
  readonly maxBodyBytes: number;
}

/**
 * HTTP/1.1 on purpose: a watch has a connection of its own, so one that went dead takes nothing else down, and a request
 * that timed out throws its connection away with it. With HTTP/2 every later request would wait on the same dead one.
 */
export function transport(access: Access, options: TransportOptions): Transport {
  const { clock } = options;
  const base = new URL(access.server);
  const prefix = base.pathname.replace(/\/+$/, "");
  const pool = (connections: number | null): Pool =>
    new Pool(base.origin, {
      connections,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      // Deadlines are ours, so that one clock governs all of them.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: options.timeoutMs,
        keepAlive: true,
        keepAliveInitialDelay: 30_000,
        rejectUnauthorized: access.insecureSkipTlsVerify !== true,
        ...(access.ca === undefined ? {} : { ca: access.ca }),
        ...(access.cert === undefined ? {} : { cert: access.cert }),
        ...(access.key === undefined ? {} : { key: access.key }),
        ...(access.serverName === undefined ? {} : { servername: access.serverName }),
      },
    });
  const requests = pool(options.connections);
  const streams = pool(null);

  const start = async (
    via: Pool,
    request: ApiRequest,
    { signal, abort }: Deadline,
  ): Promise<Dispatcher.ResponseData["body"]> => {
    const headers: Record<string, string> = {
      accept: "application/json",
      "user-agent": options.userAgent,
      ...(await unlessAborted(access.headers?.() ?? Promise.resolve({}), signal)),
    };
    if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
    const { beforeSend } = request;
    const dispatcher = beforeSend === undefined ? via : via.compose(asking(beforeSend, abort));
    const answer = await dispatcher.request({
      method: request.method,
      path: prefix + request.path + queryOf(request),
      headers,
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal,
    });
    if (answer.statusCode >= 200 && answer.statusCode < 300) return answer.body;
    const retryAfter = answer.headers["retry-after"];
    throw failedAnswer(
      nameOf(request),
      {
        status: answer.statusCode,
        retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
        body: await textOf(answer.body, options.maxBodyBytes, nameOf(request)),
      },
      clock.now(),
    );
  };

  return {
    send: (request) =>
      withDeadline(request, options, async (deadline) => {
        const body = await start(requests, request, deadline);
        return parseJson(await textOf(body, options.maxBodyBytes, nameOf(request)), nameOf(request));
      }),
    stream: (request) =>
      // The deadline covers the head; afterwards only the caller's signal ends the stream.
      withDeadline(
        request,
        options,
        async (deadline) => named(await start(streams, request, deadline), request),
        "keep",
      ),
    close: async () => {
      await Promise.all([requests.destroy(), streams.destroy()]);
    },
  };
}

/** Asks when a request has got its connection, and gives the request up with what `ask` throws. */
function asking(ask: () => void, abort: (reason: unknown) => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler);
    handler.onRequestStart = (controller, context) => {
      try {
        ask();
      } catch (reason) {
        abort(reason);
        throw reason;
      }
      start?.(controller, context);
    };
    return dispatch(options, handler);
  };
}

interface Deadline {
  readonly signal: AbortSignal;
  /** Fails the request with this very reason. */
  readonly abort: (reason: unknown) => void;
}

/** Runs `work` under a signal that follows the request's own, and its deadline; failures come out as OpErrors. */
async function withDeadline<T>(
  request: ApiRequest,
  options: TransportOptions,
  work: (deadline: Deadline) => Promise<T>,
  onSuccess: "release" | "keep" = "release",
): Promise<T> {
  const own = new AbortController();
  const outer = request.signal;
  const follow = (): void => {
    own.abort(outer?.reason);
  };
  const timeoutMs = request.timeoutMs ?? options.timeoutMs;
  const cancel = options.clock.after(timeoutMs, () => {
    own.abort(new OpError("TIMEOUT", `${nameOf(request)}: no answer within ${timeoutMs} ms`));
  });
  let kept = false;
  try {
    outer?.addEventListener("abort", follow, { once: true });
    if (outer?.aborted === true) follow();
    own.signal.throwIfAborted();
    const value = await work({
      signal: own.signal,
      abort: (reason) => {
        own.abort(reason);
      },
    });
    kept = onSuccess === "keep";
    return value;
  } catch (cause) {
    throw own.signal.aborted ? own.signal.reason : failedTalk(nameOf(request), cause);
  } finally {
    cancel();
    if (!kept) outer?.removeEventListener("abort", follow);
  }
}

/** A credential plugin may hang; its caller need not. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", abort);
    });
  });
}

/** The same bytes; what breaks on the way is an OpError, or the reason that the caller aborted with. */
async function* named(body: AsyncIterable<Uint8Array>, request: ApiRequest): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (cause) {
    throw request.signal?.aborted === true ? request.signal.reason : failedTalk(nameOf(request), cause);
  }
}

async function textOf(body: AsyncIterable<Uint8Array>, most: number, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new OpError("PROTOCOL", `${what}: an answer of more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new OpError("PROTOCOL", `${what}: the answer is not JSON: ${text.slice(0, 80)}`, { cause });
  }
}

function nameOf(request: ApiRequest): string {
  return `${request.method} ${request.path}`;
}

function queryOf(request: ApiRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}
