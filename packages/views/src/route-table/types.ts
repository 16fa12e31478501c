/** One host and port on which requests are taken. Keyed by `listenerKey`. Only listeners that can be served have a row. */
export interface Listener {
  /** The Gateway, as `namespace/name`. */
  readonly gateway: string;
  readonly name: string;
  /** The address that the Gateway asks for; undefined means the default address of whatever serves it. */
  readonly address: string | undefined;
  readonly port: number;
  /** Lower case, exact or with a leading `*.`; undefined takes every host. */
  readonly hostname: string | undefined;
}

/** Kinds of routes that are served. A GRPCRoute reads as the HTTPRoute that takes the same requests, over HTTP/2. */
export type RouteKind = "HTTPRoute" | "GRPCRoute";

/** One route as attached to one listener. Rows of one listener are ordered by `byPrecedence`, whatever their keys. */
export interface Route {
  readonly kind: RouteKind;
  /** Key of the listener's row. */
  readonly listener: string;
  readonly namespace: string;
  readonly name: string;
  /** RFC 3339; the older route wins a tie. */
  readonly createdAt: string;
  /** What route and listener have in common, sorted: exact, `*.suffix`, or `*` alone for every host. Never empty. */
  readonly hostnames: readonly string[];
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** Alternatives; a rule that has no usable match keeps its place with an empty list. */
  readonly matches: readonly Match[];
  /** Why requests that match must be answered 500; undefined for a rule that can be served. */
  readonly refused: string | undefined;
  readonly requestHeaders: HeaderEdits | undefined;
  readonly responseHeaders: HeaderEdits | undefined;
  readonly rewrite: Rewrite | undefined;
  /** When set, no backend is asked. */
  readonly redirect: Redirect | undefined;
  readonly timeouts: Timeouts;
  readonly backends: readonly Backend[];
}

/** All parts must hold. */
export interface Match {
  readonly path: PathMatch;
  readonly method: string | undefined;
  /** Names are lower case and unique. */
  readonly headers: readonly NameValue[];
  readonly query: readonly NameValue[];
}

/** A prefix is compared by whole segments and has no trailing slash (but the root prefix is `/`). Case matters. */
export interface PathMatch {
  readonly type: "exact" | "prefix";
  readonly value: string;
}

export interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** Applied in the order set, add, remove. Names keep the author's spelling and compare without case. */
export interface HeaderEdits {
  readonly set: readonly NameValue[];
  readonly add: readonly NameValue[];
  readonly remove: readonly string[];
}

/** `full` replaces the whole path; `prefix` replaces the prefix that matched. The query string is kept in both cases. */
export interface PathEdit {
  readonly type: "full" | "prefix";
  readonly value: string;
}

export interface Rewrite {
  readonly hostname: string | undefined;
  readonly path: PathEdit | undefined;
}

export interface Redirect {
  readonly scheme: "http" | "https" | undefined;
  readonly hostname: string | undefined;
  readonly port: number | undefined;
  readonly path: PathEdit | undefined;
  readonly status: number;
}

/** Milliseconds; undefined is without limit. */
export interface Timeouts {
  /** From the request's arrival to the end of the response. */
  readonly request: number | undefined;
  /** The same for one attempt at one backend. */
  readonly backendRequest: number | undefined;
}

export interface Backend {
  /** Share of the requests relative to the sum over the rule; 0 takes none. */
  readonly weight: number;
  /** Key of the target's row; it may be missing for the moment, which is the same as one without endpoints. */
  readonly target: string;
  /** Why this share of the requests must be answered 500. */
  readonly refused: string | undefined;
  readonly requestHeaders: HeaderEdits | undefined;
  readonly responseHeaders: HeaderEdits | undefined;
}

/** Where the requests of a backend can go now. Keyed by `targetKey`. */
export interface Target {
  readonly service: string;
  readonly port: number;
  readonly protocol: "http1" | "h2c";
  /** The ready ones; when there is none, those that still serve while they terminate. Sorted by id. */
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  /** The pod's uid where the slice names it, else the address. */
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** Whether it is on its way out and serves only because nothing else does. */
  readonly draining: boolean;
}

/** What became of the wish to listen on a socket: told by whatever serves the table. Keyed by `socketKey`. */
export interface Binding {
  readonly bound: boolean;
  /** For a person: the address and port in use, or why there is none. */
  readonly message: string;
}

/** Identifies a listener among those of all Gateways. */
export function listenerKey(gateway: string, name: string): string {
  return `${gateway}/${name}`;
}

/** Identifies a socket; listeners with the same key share it and are told apart by host. */
export function socketKey(address: string | undefined, port: number): string {
  return `${address ?? "*"}:${port}`;
}

/** Identifies one port of one Service; the same port asked for gRPC, whatever it says of itself, is another target. */
export function targetKey(namespace: string, service: string, port: number, forGrpc = false): string {
  return `${namespace}/${service}:${port}${forGrpc ? "/grpc" : ""}`;
}
