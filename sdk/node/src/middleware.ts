import type { IncomingMessage, ServerResponse } from "node:http";
import { refusalOf } from "./guard.ts";
import type { GuardOptions, Refusal } from "./guard.ts";

/** Middleware for Express, Connect, and whatever takes `(request, response, next)`. */
export function guardConnect(
  endpointId: string,
  options?: GuardOptions,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    const refusal = refusalOf(endpointId, sentTarget(request), options);
    if (refusal === undefined) next();
    else response.writeHead(refusal.status, refusal.headers).end(refusal.body);
  };
}

/** As much of a Fastify reply as the guard needs. */
interface FastifyReplyLike {
  code(status: number): this;
  headers(headers: Readonly<Record<string, string>>): this;
  send(body: string): unknown;
}

/** An `onRequest` hook for Fastify: of one route, or of the routes of an encapsulated plugin. */
export function guardFastify(
  endpointId: string,
  options?: GuardOptions,
): (request: { readonly raw: IncomingMessage }, reply: FastifyReplyLike) => Promise<unknown> {
  return async (request, reply) => {
    const refusal = refusalOf(endpointId, sentTarget(request.raw), options);
    if (refusal === undefined) return undefined;
    reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
    return await Promise.resolve(reply);
  };
}

/** Middleware for Hono. */
export function guardHono(
  endpointId: string,
  options?: GuardOptions,
): (context: { readonly req: { readonly url: string } }, next: () => Promise<void>) => Promise<Response | undefined> {
  return async (context, next) => {
    const refusal = refusalOf(endpointId, context.req.url, options);
    if (refusal !== undefined) return responseOf(refusal);
    await next();
    return undefined;
  };
}

/** As much of a Koa context as the guard needs. */
interface KoaContextLike {
  readonly req: IncomingMessage;
  status: number;
  body: unknown;
  set(headers: Readonly<Record<string, string>>): void;
}

/** Middleware for Koa. */
export function guardKoa(
  endpointId: string,
  options?: GuardOptions,
): (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void> {
  return async (context, next) => {
    const refusal = refusalOf(endpointId, sentTarget(context.req), options);
    if (refusal === undefined) {
      await next();
      return;
    }
    context.status = refusal.status;
    context.body = refusal.body;
    context.set(refusal.headers);
  };
}

/** What the client asked for: frameworks rewrite `url`, as Express does for a mounted router, and keep what it was. */
function sentTarget(request: IncomingMessage & { readonly originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? "";
}

function responseOf({ status, headers, body }: Refusal): Response {
  return new Response(body, { status, headers });
}
