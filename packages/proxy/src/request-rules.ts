import { isIPv6 } from "node:net";
import type { Reason } from "./answers.ts";
import { tokensOf, valuesOf } from "./header-list.ts";
import type { Inbound } from "./inbound.ts";

/** Where a request wants to go, after everything that could be read in two ways was refused. */
export interface Address {
  /** Lower case, without port; an IPv6 address keeps its brackets. */
  readonly host: string;
  readonly authority: string;
  /** In origin form. */
  readonly target: string;
}

export interface HeadLimits {
  readonly headerCount: number;
}

/** What no request may nominate in `Connection`: fields that frame, route or vouch. */
const unnominated = /^(?:content-length|transfer-encoding|host|x-forwarded-.*|forwarded|authorization|cookie|:.*)$/;

/**
 * The address of a request, or the reason to refuse it.
 *
 * Node's parser has refused most of what is malformed before. What it lets through and another server might read differently is refused here.
 */
export function addressOf(request: Inbound, limits: HeadLimits): Address | Reason {
  const { headers, version } = request;
  if (headers.length > limits.headerCount) return "headers-too-large";
  const codings = valuesOf(headers, "transfer-encoding");
  const lengths = valuesOf(headers, "content-length");
  if (codings.length > 1 || (codings[0] ?? "chunked").toLowerCase() !== "chunked") return "bad-request";
  if (codings.length > 0 && (version !== "1.1" || lengths.length > 0)) return "bad-request";
  if (lengths.length > 1 || !/^[0-9]{1,15}$/.test(lengths[0] ?? "0")) return "bad-request";
  if (tokensOf(headers, "connection").some((token) => unnominated.test(token))) return "bad-request";
  if (
    version !== "2" &&
    valuesOf(headers, "host").length !== 1 &&
    !(version === "1.0" && valuesOf(headers, "host").length === 0)
  )
    return "bad-request";
  if (
    version === "2" &&
    valuesOf(headers, "host").some((host) => host.toLowerCase() !== request.authority.toLowerCase())
  )
    return "bad-request";
  return targetOf(request);
}

function targetOf({ target, authority, method, version }: Inbound): Address | Reason {
  if (!/^[\x21-\x7e]+$/.test(target) || target.includes("#") || target.includes("\\")) return "bad-request";
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(target);
  const origin = absolute === null ? target : (absolute[2] ?? "");
  const named = absolute?.[1] ?? authority;
  if (absolute !== null && named.toLowerCase() !== authority.toLowerCase()) return "bad-request";
  const host = hostOf(named);
  if (host === undefined || (host === "" && version !== "1.0")) return "bad-request";
  if (origin === "*" && method === "OPTIONS") return { host, authority: named, target: origin };
  const path = origin.startsWith("?") || origin === "" ? `/${origin}` : origin;
  if (!path.startsWith("/") || hasDotSegment(path)) return "bad-request";
  return { host, authority: named, target: path };
}

/** The host of an authority, or undefined for one that is malformed. An authority may be empty; it may not hold user information. */
function hostOf(authority: string): string | undefined {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]*)(?::([0-9]{0,5}))?$/.exec(authority);
  const host = parts?.[1]?.toLowerCase();
  if (host?.startsWith("[") === true && !isIPv6(host.slice(1, -1))) return undefined;
  return host !== undefined && host.length > 1 && host.endsWith(".") ? host.slice(0, -1) : host;
}

/** `.` and `..`, however written, mean one path to us and another to a server that resolves them. */
function hasDotSegment(target: string): boolean {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return /(?:^|\/|%2f|%5c)(?:\.|%2e){1,2}(?:\/|%2f|%5c|;|$)/i.test(path);
}
