import type { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";
import { pairsOf, tokensOf, valuesOf } from "./header-list.ts";
import type { HeaderList } from "./header-list.ts";

/** A request as it arrived, whatever the version of HTTP. */
export interface Inbound {
  readonly version: "1.0" | "1.1" | "2";
  readonly method: string;
  /** As the client wrote it; for HTTP/1.1 possibly in absolute form. */
  readonly target: string;
  /** The Host field or `:authority`, as the client wrote it. */
  readonly authority: string;
  readonly headers: HeaderList;
  readonly header: (name: string) => string | undefined;
  readonly hasBody: boolean;
  readonly body: Readable;
  /** Complete after the body ended. */
  readonly trailers: () => HeaderList;
  /** Whether all of the request has arrived. */
  readonly complete: () => boolean;
  readonly clientAddress: string;
}

export function inboundOfHttp1(request: IncomingMessage): Inbound {
  const headers = pairsOf(request.rawHeaders);
  const length = valuesOf(headers, "content-length")[0];
  return {
    version: request.httpVersion === "1.0" ? "1.0" : "1.1",
    method: request.method ?? "",
    target: request.url ?? "",
    authority: valuesOf(headers, "host")[0] ?? "",
    headers,
    header: (name) => valueIn(request.headers, name),
    hasBody: (length !== undefined && length !== "0") || tokensOf(headers, "transfer-encoding").length > 0,
    body: request,
    trailers: () => pairsOf(request.rawTrailers),
    complete: () => request.complete,
    clientAddress: plainAddress(request.socket.remoteAddress),
  };
}

export function inboundOfHttp2(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
): Inbound {
  const pairs = joinCookies(pairsOf(rawHeaders));
  let trailers: HeaderList = [];
  stream.on("trailers", (_: IncomingHttpHeaders, __: number, raw?: readonly string[]) => {
    trailers = raw === undefined ? pairsOfObject(_) : pairsOf(raw);
  });
  return {
    version: "2",
    method: headers[":method"] ?? "",
    target: headers[":path"] ?? "",
    authority: headers[":authority"] ?? headers.host ?? "",
    headers: pairs,
    header: (name) => valueIn(headers, name),
    hasBody: !stream.endAfterHeaders,
    body: stream,
    trailers: () => trailers,
    complete: () => stream.endAfterHeaders || (stream.readableEnded && !stream.aborted),
    clientAddress: plainAddress(stream.session?.socket.remoteAddress),
  };
}

/** An IPv4 client of a socket that listens on both families comes with an IPv6 address. */
function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=[0-9.]+$)/, "") ?? "";
}

/** HTTP/2 may send a cookie in crumbs; every other version wants it whole. */
function joinCookies(headers: HeaderList): HeaderList {
  const cookies = valuesOf(headers, "cookie");
  if (cookies.length < 2) return headers;
  return [...headers.filter(([name]) => name !== "cookie"), ["cookie", cookies.join("; ")]];
}

export function pairsOfObject(headers: IncomingHttpHeaders): HeaderList {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (name.startsWith(":") || value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map((v) => [name, v] as const);
  });
}

/** The names that are asked for are strangers' too, so that what every object has must not be found. */
function valueIn(headers: Readonly<Record<string, string | string[] | undefined>>, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === "object" ? value.join(", ") : value;
}
