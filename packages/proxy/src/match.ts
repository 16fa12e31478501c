import { anyHost, byTieBreak, socketKey } from "@headgate/views/route-table";
import type { Candidate, Listener, Match, NameValue, Route } from "@headgate/views/route-table";

/** The parts of a request that decide where it goes. */
export interface Head {
  /** Lower case, without port. */
  readonly host: string;
  /** Without the query string. */
  readonly path: string;
  readonly method: string;
  readonly header: (name: string) => string | undefined;
  readonly query: (name: string) => string | undefined;
}

/** Finds the rule for a request; kept up to date row by row. */
export interface Matcher {
  setListener(key: string, listener: Listener | undefined): void;
  setRoute(key: string, route: Route | undefined): void;
  /**
   * The first match in the order of `byPrecedence` among the routes of the listener whose host fits best.
   * Costs a few look-ups for each label of the host and each segment of the path, however many routes there are.
   */
  find(socket: string, head: Head): Candidate | undefined;
}

export function matcher(): Matcher {
  const listeners = new Map<string, Listener>();
  const routes = new Map<string, Route>();
  const sockets = new Map<string, HostIndex<string>>();
  const tables = new Map<string, HostIndex<PathIndex>>();

  return {
    setListener: (key, listener) => {
      const before = listeners.get(key);
      if (before !== undefined) sockets.get(socketOf(before))?.delete(before.hostname ?? anyHost);
      if (listener === undefined) listeners.delete(key);
      else {
        listeners.set(key, listener);
        entry(sockets, socketOf(listener), () => new HostIndex<string>()).set(listener.hostname ?? anyHost, key);
      }
    },
    setRoute: (key, route) => {
      const before = routes.get(key);
      if (before !== undefined) {
        for (const hostname of before.hostnames) {
          const paths = tables.get(before.listener)?.get(hostname);
          for (const candidate of candidatesOf(before, hostname)) paths?.remove(candidate);
          if (paths?.isEmpty === true) tables.get(before.listener)?.delete(hostname);
        }
      }
      if (route === undefined) {
        routes.delete(key);
        return;
      }
      routes.set(key, route);
      const hosts = entry(tables, route.listener, () => new HostIndex<PathIndex>());
      for (const hostname of route.hostnames)
        for (const candidate of candidatesOf(route, hostname))
          hosts.getOrAdd(hostname, () => new PathIndex()).add(candidate);
    },
    find: (socket, head) => {
      const [listener] = sockets.get(socket)?.matching(head.host) ?? [];
      if (listener === undefined) return undefined;
      for (const paths of tables.get(listener)?.matching(head.host) ?? []) {
        const found = paths.find(head);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** The key of the socket on which a listener takes requests. */
export function socketOf({ address, port }: Listener): string {
  return socketKey(address, port);
}

function candidatesOf(route: Route, hostname: string): readonly Candidate[] {
  return route.rules.flatMap(({ matches }, rule) =>
    matches.map((match, index) => ({ hostname, route, rule, match, index })),
  );
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** Values by host pattern. */
class HostIndex<V> {
  readonly #patterns = new Map<string, V>();

  get(pattern: string): V | undefined {
    return this.#patterns.get(pattern);
  }
  getOrAdd(pattern: string, make: () => V): V {
    return entry(this.#patterns, pattern, make);
  }
  set(pattern: string, value: V): void {
    this.#patterns.set(pattern, value);
  }
  delete(pattern: string): void {
    this.#patterns.delete(pattern);
  }

  /** The values of all patterns that take the host, the most specific first. */
  *matching(host: string): Generator<V, void> {
    for (const pattern of patternsOf(host)) {
      const value = this.#patterns.get(pattern);
      if (value !== undefined) yield value;
    }
  }
}

function* patternsOf(host: string): Generator<string, void> {
  yield host;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1))
    if (dot > 0) yield `*${host.slice(dot)}`;
  yield anyHost;
}

/** Candidates of one host pattern, found by their path. */
class PathIndex {
  readonly #exact = new Map<string, Candidate[]>();
  readonly #prefix = new Map<string, Candidate[]>();
  /** How many prefixes have so many segments: no need to look at more segments of a request than any prefix has. */
  readonly #depths: number[] = [];

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#prefix.size === 0;
  }

  add(candidate: Candidate): void {
    const { type, value } = candidate.match.path;
    const bucket = entry(type === "exact" ? this.#exact : this.#prefix, value, () => []);
    let at = bucket.length;
    while (at > 0 && byTieBreak(candidate, bucket[at - 1] ?? candidate) < 0) at--;
    bucket.splice(at, 0, candidate);
    if (type === "prefix") this.#depths[depthOf(value)] = (this.#depths[depthOf(value)] ?? 0) + 1;
  }

  remove({ route, rule, index, match: { path } }: Candidate): void {
    const buckets = path.type === "exact" ? this.#exact : this.#prefix;
    const bucket = buckets.get(path.value);
    const at = bucket?.findIndex((c) => c.route === route && c.rule === rule && c.index === index) ?? -1;
    if (bucket === undefined || at < 0) return;
    bucket.splice(at, 1);
    if (bucket.length === 0) buckets.delete(path.value);
    if (path.type !== "prefix") return;
    const depth = depthOf(path.value);
    this.#depths[depth] = (this.#depths[depth] ?? 1) - 1;
    while (this.#depths.length > 0 && this.#depths.at(-1) === 0) this.#depths.pop();
  }

  find(head: Head): Candidate | undefined {
    const exact = this.#exact.get(head.path)?.find((c) => holds(c.match, head));
    if (exact !== undefined) return exact;
    const ends = segmentEnds(head.path, this.#depths.length - 1);
    for (let i = ends.length - 1; i >= 0; i--) {
      const found = this.#prefix.get(head.path.slice(0, ends[i]))?.find((c) => holds(c.match, head));
      if (found !== undefined) return found;
    }
    return this.#prefix.get("/")?.find((c) => holds(c.match, head));
  }
}

function depthOf(prefix: string): number {
  return prefix === "/" ? 0 : prefix.split("/").length - 1;
}

/** Where the first segments of a path end, at most `most` of them. */
function segmentEnds(path: string, most: number): readonly number[] {
  const ends: number[] = [];
  for (let slash = 0; slash >= 0 && ends.length < most;) {
    slash = path.indexOf("/", slash + 1);
    ends.push(slash < 0 ? path.length : slash);
  }
  return ends;
}

function holds({ method, headers, query }: Match, head: Head): boolean {
  const equal = (wanted: readonly NameValue[], get: (name: string) => string | undefined): boolean =>
    wanted.every(({ name, value }) => get(name) === value);
  return (method === undefined || method === head.method) && equal(headers, head.header) && equal(query, head.query);
}
