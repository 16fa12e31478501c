import { matcher } from "@headgate/proxy";
import type { Head } from "@headgate/proxy";
import { seeded } from "@headgate/testkit";
import type { Listener, Match, Route, Rule } from "@headgate/views/route-table";
import fc from "fast-check";
import { expect, test } from "vitest";

/** What the Gateway API says, step by step and without any index: every match of every route is looked at, and the losers are struck out. */
function reference(listeners: ReadonlyMap<string, Listener>, routes: readonly Route[], head: Head): string | undefined {
  const specific = (pattern: string): [number, number] => [pattern.startsWith("*") ? 0 : 1, pattern.length];
  const takes = (pattern: string): boolean => {
    if (pattern === "*" || pattern === head.host) return true;
    if (!pattern.startsWith("*.")) return false;
    const [wanted, have] = [pattern.split(".").slice(1), head.host.split(".")];
    return have.length > wanted.length && wanted.every((part, i) => part === have[have.length - wanted.length + i]);
  };
  const best = <T>(items: readonly T[], score: (item: T) => readonly number[]): readonly T[] => {
    const compare = (a: readonly number[], b: readonly number[]): number =>
      a.map((x, i) => (b[i] ?? 0) - x).find((d) => d !== 0) ?? 0;
    const [top] = items.toSorted((a, b) => compare(score(a), score(b)));
    return top === undefined ? [] : items.filter((item) => compare(score(item), score(top)) === 0);
  };
  const [listener] = best(
    [...listeners].filter(([, l]) => takes(l.hostname ?? "*")),
    ([, l]) => specific(l.hostname ?? "*"),
  );
  if (listener === undefined) return undefined;
  const segments = (path: string): string[] => path.split("/").slice(1);
  const pathHolds = ({ path }: Match): boolean => {
    if (path.type === "exact") return path.value === head.path;
    const wanted = path.value === "/" ? [] : segments(path.value);
    return wanted.every((segment, i) => segments(head.path)[i] === segment);
  };
  let left = routes
    .filter((route) => route.listener === listener[0])
    .flatMap((route) => route.hostnames.map((hostname) => ({ route, hostname })))
    .filter(({ hostname }) => takes(hostname))
    .flatMap(({ route, hostname }) =>
      route.rules.flatMap((rule, r) => rule.matches.map((match, m) => ({ route, hostname, match, r, m }))),
    )
    .filter(({ match }) => pathHolds(match) && (match.method ?? head.method) === head.method)
    .filter(({ match }) => match.headers.every(({ name, value }) => head.header(name) === value))
    .filter(({ match }) => match.query.every(({ name, value }) => head.query(name) === value));
  left = [...best(left, ({ hostname }) => specific(hostname))];
  left = [...best(left, ({ match }) => [match.path.type === "exact" ? 1 : 0, match.path.value.length])];
  left = [...best(left, ({ match }) => [match.method === undefined ? 0 : 1])];
  left = [...best(left, ({ match }) => [match.headers.length])];
  left = [...best(left, ({ match }) => [match.query.length])];
  left = [...best(left, ({ route }) => [-Date.parse(route.createdAt)])];
  const [first] = left.map(({ route }) => `${route.namespace}/${route.name}`).toSorted();
  left = left.filter(({ route }) => `${route.namespace}/${route.name}` === first);
  left = [...best(left, ({ r }) => [-r])];
  left = [...best(left, ({ m }) => [-m])];
  const [winner] = left;
  return winner && `${winner.route.name} ${winner.r} ${winner.m}`;
}

const pattern = fc.constantFrom("*", "a.test", "*.test", "b.a.test", "*.a.test");
const value = fc.constantFrom("x", "y");
const match: fc.Arbitrary<Match> = fc.record({
  path: fc.oneof(
    fc.record({
      type: fc.constant("prefix" as const),
      value: fc.constantFrom("/", "/", "/", "/a", "/a", "/a/b", "/a/b/c", "/b", "/ab"),
    }),
    fc.record({ type: fc.constant("exact" as const), value: fc.constantFrom("/", "/a", "/a/", "/a/b", "/b") }),
  ),
  method: fc.constantFrom(undefined, undefined, undefined, "GET", "PUT"),
  headers: fc.uniqueArray(fc.record({ name: fc.constantFrom("h", "i"), value }), {
    selector: (h) => h.name,
    maxLength: 2,
  }),
  query: fc.uniqueArray(fc.record({ name: fc.constantFrom("q", "r"), value }), {
    selector: (q) => q.name,
    maxLength: 2,
  }),
});

function ruleOf(matches: readonly Match[]): Rule {
  const nothing = { requestHeaders: undefined, responseHeaders: undefined, rewrite: undefined, redirect: undefined };
  return {
    matches,
    refused: undefined,
    ...nothing,
    timeouts: { request: undefined, backendRequest: undefined },
    backends: [],
  };
}

const route: fc.Arbitrary<Route> = fc.record({
  kind: fc.constantFrom("HTTPRoute", "GRPCRoute"),
  listener: fc.constantFrom("l0", "l0", "l0", "l1", "l2"),
  namespace: fc.constantFrom("n", "n-n"),
  name: fc.constantFrom("r0", "r1", "r2", "r3", "r4", "r5"),
  createdAt: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
  hostnames: fc.uniqueArray(pattern, { minLength: 1, maxLength: 2 }),
  rules: fc.array(fc.array(match, { maxLength: 3 }).map(ruleOf), { maxLength: 2 }),
});
const listener = fc.record({
  hostname: fc.option(
    pattern.filter((p) => p !== "*"),
    { nil: undefined },
  ),
});
const head: fc.Arbitrary<Head> = fc
  .record({
    host: fc.constantFrom("a.test", "b.a.test", "c.b.a.test", "c.test", "test", "other"),
    path: fc.constantFrom("/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c/d", "/ab", "/b", "/c", "//", "/a//b"),
    method: fc.constantFrom("GET", "PUT", "POST"),
    headers: fc.dictionary(fc.constantFrom("h", "i"), value),
    query: fc.dictionary(fc.constantFrom("q", "r"), value),
  })
  .map(({ headers, query, ...rest }) => ({ ...rest, header: (name) => headers[name], query: (name) => query[name] }));

/** A step of a history in which rows come, change and go. */
const change = fc.record({ route, remove: fc.constantFrom(false, false, false, true) });

test("the matcher finds what the specification's order of precedence finds, whatever came and went before", () => {
  let hits = 0;
  fc.assert(
    fc.property(
      fc.array(listener, { minLength: 1, maxLength: 3 }),
      fc.array(change, { minLength: 6, maxLength: 20 }),
      fc.array(head, { minLength: 5, maxLength: 10 }),
      (specs, changes, heads) => {
        const subject = matcher();
        const listeners = new Map<string, Listener>();
        for (const [i, { hostname }] of specs.entries()) {
          if ([...listeners.values()].some((l) => l.hostname === hostname)) continue;
          const row = { gateway: "n/g", name: `l${i}`, address: undefined, port: 80, hostname };
          listeners.set(`l${i}`, row);
          subject.setListener(`l${i}`, row);
        }
        const rows = new Map<string, Route>();
        for (const { route: row, remove } of changes) {
          const key = `${row.listener}/${row.namespace}/${row.name}`;
          subject.setRoute(key, remove ? undefined : row);
          if (remove) rows.delete(key);
          else rows.set(key, row);
        }
        for (const one of heads) {
          const found = subject.find("*:80", one);
          if (found !== undefined) hits += 1;
          expect(found && `${found.route.name} ${found.rule} ${found.index}`).toBe(
            reference(listeners, [...rows.values()], one),
          );
        }
      },
    ),
    seeded(2_000),
  );
  expect(hits).toBeGreaterThan(1_000);
});

const everything: Match = { path: { type: "prefix", value: "/" }, method: undefined, headers: [], query: [] };

function headOf(host: string, path: string): Head {
  return { host, path, method: "GET", header: () => undefined, query: () => undefined };
}

test("a listener that moves to another socket or host is found there, and only there", () => {
  const subject = matcher();
  const row: Listener = { gateway: "n/g", name: "l", address: undefined, port: 80, hostname: "a.test" };
  const at = (socket: string, host: string): boolean => subject.find(socket, headOf(host, "/")) !== undefined;
  subject.setListener("l", row);
  subject.setRoute("r", {
    kind: "HTTPRoute",
    listener: "l",
    namespace: "n",
    name: "r",
    createdAt: "",
    hostnames: ["a.test"],
    rules: [ruleOf([everything])],
  });
  expect([at("*:80", "a.test"), at("*:81", "a.test")]).toEqual([true, false]);
  subject.setListener("l", { ...row, port: 81 });
  expect([at("*:80", "a.test"), at("*:81", "a.test")]).toEqual([false, true]);
  subject.setListener("l", { ...row, port: 81, hostname: "b.test" });
  expect([at("*:81", "a.test"), at("*:81", "b.test")]).toEqual([false, false]);
  subject.setListener("l", undefined);
  expect(at("*:81", "b.test")).toBe(false);
});

test("among thousands of prefix routes one look-up looks at one route", () => {
  const subject = matcher();
  subject.setListener("l", { gateway: "n/g", name: "l", address: undefined, port: 80, hostname: undefined });
  let looked = 0;
  for (let i = 0; i < 5_000; i++) {
    const counted: Match = {
      ...everything,
      path: { type: "prefix", value: `/p${i}` },
      get method() {
        looked += 1;
        return undefined;
      },
    };
    subject.setRoute(`r${i}`, {
      kind: "HTTPRoute",
      listener: "l",
      namespace: "n",
      name: `r${i}`,
      createdAt: "",
      hostnames: ["*"],
      rules: [ruleOf([counted])],
    });
  }
  looked = 0;
  expect(subject.find("*:80", headOf("x", "/p4711/more/and/more"))?.route.name).toBe("r4711");
  expect(looked).toBe(1);
});
