import { nameKey } from "@headgate/api";
import type { Json, KubeObject } from "@headgate/api";
import { parseDuration } from "./duration.ts";
import { parseFilters } from "./parse-filters.ts";
import type { RuleFilters } from "./parse-filters.ts";
import { gatewayGroup } from "./parse-gateway.ts";
import { parseGrpcMatch, parseMatch } from "./parse-match.ts";
import { fields, integer, list, text } from "../read/index.ts";
import type { Fields } from "../read/index.ts";
import type { HeaderEdits, Match, RouteKind, Timeouts } from "./types.ts";

/** What a route's author wrote, without its status. */
export interface HttpRoute {
  readonly kind: RouteKind;
  /** As `routeKey` has it. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: string;
  /** Those that name a Gateway; others are none of our business. */
  readonly parents: readonly ParentRef[];
  readonly hostnames: readonly string[];
  readonly rules: readonly HttpRule[];
  /** What can't be served, one sentence each, naming the field. */
  readonly unsupported: readonly string[];
}

export interface ParentRef {
  readonly gateway: string;
  readonly sectionName: string | undefined;
  readonly port: number | undefined;
  /** As the author wrote it: status repeats it. */
  readonly json: Readonly<Record<string, Json>>;
}

export interface HttpRule extends RuleFilters {
  readonly matches: readonly Match[];
  readonly refused: string | undefined;
  readonly timeouts: Timeouts;
  readonly backends: readonly BackendRef[];
}

export interface BackendRef {
  readonly weight: number;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly port: number | undefined;
  /** It is spoken to over HTTP/2, whatever its port says of itself. */
  readonly forGrpc: boolean;
  readonly refused: string | undefined;
  readonly requestHeaders: HeaderEdits | undefined;
  readonly responseHeaders: HeaderEdits | undefined;
}

/** Identifies a route among those of all kinds. */
export function routeKey(kind: RouteKind, { metadata }: KubeObject): string {
  return `${kind}/${nameKey(metadata)}`;
}

/** Total: what the schema would have refused reads as absent, what we can't serve is listed in `unsupported`. */
export function parseHttpRoute(object: KubeObject): HttpRoute {
  return parseRoute("HTTPRoute", object);
}

/** As {@link parseHttpRoute}. */
export function parseGrpcRoute(object: KubeObject): HttpRoute {
  return parseRoute("GRPCRoute", object);
}

function parseRoute(kind: RouteKind, object: KubeObject): HttpRoute {
  const namespace = object.metadata.namespace ?? "";
  const spec = fields(object.spec);
  const unsupported: string[] = [];
  const written = spec["rules"] === undefined ? [{}] : list(spec["rules"]);
  const rules = written.map((r, i) => parseRule(fields(r), { kind, namespace, path: `spec.rules[${i}]`, unsupported }));
  return {
    kind,
    key: routeKey(kind, object),
    namespace,
    name: object.metadata.name,
    createdAt: object.metadata.creationTimestamp ?? "",
    parents: list(spec["parentRefs"]).flatMap((p) => parseParent(fields(p), namespace)),
    hostnames: list(spec["hostnames"]).flatMap((h) => (typeof h === "string" ? [h.toLowerCase()] : [])),
    rules,
    unsupported,
  };
}

/** Where in the route something stands, and the list that takes what can't be served. */
export interface Place {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly path: string;
  readonly unsupported: string[];
}

function parseParent(raw: Fields, namespace: string): readonly ParentRef[] {
  if ((text(raw["group"]) ?? gatewayGroup) !== gatewayGroup || (text(raw["kind"]) ?? "Gateway") !== "Gateway")
    return [];
  return [
    {
      gateway: `${text(raw["namespace"]) ?? namespace}/${text(raw["name"]) ?? ""}`,
      sectionName: text(raw["sectionName"]),
      port: integer(raw["port"]),
      json: raw as Readonly<Record<string, Json>>,
    },
  ];
}

function parseRule(raw: Fields, place: Place): HttpRule {
  const written = list(raw["matches"]);
  const matches = written.length === 0 ? [{}] : written;
  const parse = place.kind === "GRPCRoute" ? parseGrpcMatch : parseMatch;
  const parsed = matches.flatMap((m, i) => parse(fields(m), `${place.path}.matches[${i}]`, place.unsupported));
  const afterMatches = place.unsupported.length;
  const filters = parseFilters(list(raw["filters"]), `${place.path}.filters`, place.unsupported);
  if (filters.redirect?.path?.type === "prefix" || filters.rewrite?.path?.type === "prefix") {
    if (parsed.some((match) => match.path.type !== "prefix"))
      place.unsupported.push(
        `${place.path}.filters replaces a prefix, so every match of the rule must be a PathPrefix.`,
      );
  }
  const timeouts = parseTimeouts(fields(raw["timeouts"]), place);
  return {
    matches: parsed,
    refused: place.unsupported[afterMatches],
    ...filters,
    timeouts,
    backends: list(raw["backendRefs"]).map((b, i) =>
      parseBackend(fields(b), { ...place, path: `${place.path}.backendRefs[${i}]` }),
    ),
  };
}

function parseTimeouts(raw: Fields, place: Place): Timeouts {
  const read = (name: string): number | undefined => {
    const value = text(raw[name]);
    if (value === undefined) return undefined;
    const parsed = parseDuration(value);
    if (parsed === undefined)
      place.unsupported.push(`${place.path}.timeouts.${name} is ${value}; write a duration such as 10s.`);
    return parsed === 0 ? undefined : parsed;
  };
  return { request: read("request"), backendRequest: read("backendRequest") };
}

function parseBackend(raw: Fields, place: Place): BackendRef {
  const before = place.unsupported.length;
  const filters = parseFilters(list(raw["filters"]), `${place.path}.filters`, place.unsupported);
  if (filters.redirect !== undefined || filters.rewrite !== undefined)
    place.unsupported.push(`${place.path}.filters may only modify headers; set rewrites and redirects on the rule.`);
  return {
    weight: integer(raw["weight"]) ?? 1,
    group: text(raw["group"]) ?? "",
    kind: text(raw["kind"]) ?? "Service",
    namespace: text(raw["namespace"]) ?? place.namespace,
    name: text(raw["name"]) ?? "",
    port: integer(raw["port"]),
    forGrpc: place.kind === "GRPCRoute",
    refused: place.unsupported[before],
    requestHeaders: filters.requestHeaders,
    responseHeaders: filters.responseHeaders,
  };
}
