import { bySpecificity } from "./hostname.ts";
import type { Match, Route } from "./types.ts";

/** One match of one rule under one host pattern: the smallest thing that precedence speaks of. */
export interface Candidate {
  readonly hostname: string;
  readonly route: Route;
  readonly rule: number;
  readonly match: Match;
  /** Place of the match in its rule. */
  readonly index: number;
}

/**
 * The order in which the candidates of one listener are tried, as the Gateway API states it: the most specific host, an exact path, the
 * longest prefix, a method, most headers, most query parameters, the oldest route, namespace and name, place in the route.
 *
 * Strict: no two candidates of one listener that can take the same request compare as equal.
 */
export function byPrecedence(a: Candidate, b: Candidate): number {
  return bySpecificity(a.hostname, b.hostname) || byPath(a.match, b.match) || byTieBreak(a, b);
}

/** The rest of the order for candidates that have the same host and the same path. */
export function byTieBreak(a: Candidate, b: Candidate): number {
  return (
    Number(b.match.method !== undefined) - Number(a.match.method !== undefined) ||
    b.match.headers.length - a.match.headers.length ||
    b.match.query.length - a.match.query.length ||
    compare(a.route.createdAt, b.route.createdAt) ||
    compare(`${a.route.namespace}/${a.route.name}`, `${b.route.namespace}/${b.route.name}`) ||
    compare(a.route.kind, b.route.kind) ||
    a.rule - b.rule ||
    a.index - b.index
  );
}

function byPath(a: Match, b: Match): number {
  if (a.path.type !== b.path.type) return a.path.type === "exact" ? -1 : 1;
  return a.path.type === "exact" ? 0 : b.path.value.length - a.path.value.length;
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
