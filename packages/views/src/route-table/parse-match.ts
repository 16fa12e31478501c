import { fields, list, text } from "../read/index.ts";
import type { Fields } from "../read/index.ts";
import type { Match, NameValue, PathMatch } from "./types.ts";

/**
 * One match, or none and a sentence in `unsupported`.
 *
 * Regular expressions are refused: JavaScript's engine backtracks, so a pattern of one tenant could stop everybody's requests.
 */
export function parseMatch(raw: Fields, path: string, unsupported: string[]): readonly Match[] {
  const before = unsupported.length;
  const match = {
    path: parsePath(fields(raw["path"]), `${path}.path`, unsupported),
    method: text(raw["method"]),
    headers: parseValues(list(raw["headers"]), { path: `${path}.headers`, caseless: true, unsupported }),
    query: parseValues(list(raw["queryParams"]), { path: `${path}.queryParams`, caseless: false, unsupported }),
  };
  return unsupported.length === before ? [match] : [];
}

/** A match of a GRPCRoute, as one of an HTTPRoute: the method of a call is its path. */
export function parseGrpcMatch(raw: Fields, path: string, unsupported: string[]): readonly Match[] {
  const before = unsupported.length;
  const match = {
    path: parseGrpcMethod(fields(raw["method"]), `${path}.method`, unsupported),
    method: undefined,
    headers: parseValues(list(raw["headers"]), { path: `${path}.headers`, caseless: true, unsupported }),
    query: [],
  };
  return unsupported.length === before ? [match] : [];
}

function parseGrpcMethod(raw: Fields, path: string, unsupported: string[]): PathMatch {
  const type = text(raw["type"]) ?? "Exact";
  const service = text(raw["service"]) ?? "";
  const method = text(raw["method"]) ?? "";
  if (type !== "Exact") unsupported.push(`${path}.type is ${type}; only Exact is supported.`);
  else if (service === "" && method !== "")
    unsupported.push(`${path}.method is ${method} of any service; name the service too.`);
  if (service === "") return { type: "prefix", value: "/" };
  return method === "" ? { type: "prefix", value: `/${service}` } : { type: "exact", value: `/${service}/${method}` };
}

function parsePath(raw: Fields, path: string, unsupported: string[]): PathMatch {
  const type = text(raw["type"]) ?? "PathPrefix";
  const value = text(raw["value"]) ?? "/";
  if (type !== "Exact" && type !== "PathPrefix")
    unsupported.push(`${path}.type is ${type}; only Exact and PathPrefix are supported.`);
  else if (!value.startsWith("/"))
    unsupported.push(`${path}.value is ${JSON.stringify(value)}; it must begin with a slash.`);
  return type === "Exact" ? { type: "exact", value } : { type: "prefix", value: withoutTrailingSlash(value) };
}

function withoutTrailingSlash(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}

interface Values {
  readonly path: string;
  readonly caseless: boolean;
  readonly unsupported: string[];
}

/** The first of several entries with an equal name counts, as the Gateway API says. */
function parseValues(entries: readonly unknown[], { path, caseless, unsupported }: Values): readonly NameValue[] {
  const found = new Map<string, NameValue>();
  for (const [i, entry] of entries.entries()) {
    const raw = fields(entry);
    const type = text(raw["type"]) ?? "Exact";
    if (type !== "Exact") unsupported.push(`${path}[${i}].type is ${type}; only Exact is supported.`);
    const written = text(raw["name"]) ?? "";
    const name = caseless ? written.toLowerCase() : written;
    if (!found.has(name)) found.set(name, { name, value: text(raw["value"]) ?? "" });
  }
  return [...found.values()];
}
