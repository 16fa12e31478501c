import { seeded } from "@headgate/testkit";
import { byPrecedence } from "@headgate/views/route-table";
import type { Candidate, Match, Route } from "@headgate/views/route-table";
import fc from "fast-check";
import { expect, test } from "vitest";

const pair = (name: string) => ({ name, value: "" });

interface Sketch {
  readonly host?: string;
  readonly path?: string;
  readonly exact?: boolean;
  readonly method?: string;
  readonly headers?: number;
  readonly query?: number;
  readonly createdAt?: string;
  readonly key?: string;
  readonly kind?: Route["kind"];
  readonly rule?: number;
  readonly index?: number;
}

function candidate({
  host = "*",
  path = "/",
  exact = false,
  method,
  headers = 0,
  query = 0,
  createdAt = "2026-01-01T00:00:00Z",
  key = "n/n",
  kind = "HTTPRoute",
  rule = 0,
  index = 0,
}: Sketch): Candidate {
  const match: Match = {
    path: { type: exact ? "exact" : "prefix", value: path },
    method,
    headers: Array.from({ length: headers }, (_, i) => pair(String(i))),
    query: Array.from({ length: query }, (_, i) => pair(String(i))),
  };
  const [namespace = "", name = ""] = key.split("/");
  const route: Route = { kind, listener: "l", namespace, name, createdAt, hostnames: [host], rules: [] };
  return { hostname: host, route, rule, match, index };
}

/** Each wins over all that follow, for the reason that is new in it; what it loses on comes later in the specification's list. */
const order: readonly Candidate[] = [
  { host: "long.example.test" },
  { host: "a.test" },
  { host: "*.example.test" },
  { host: "*.test", path: "/a", exact: true },
  { host: "*.test", path: "/long/path" },
  { host: "*.test", path: "/long" },
  { path: "/p", exact: true },
  { path: "/longer", method: "GET", headers: 1 },
  { path: "/longer", method: "GET" },
  { path: "/longer", headers: 2 },
  { path: "/longer", headers: 1, query: 2 },
  { path: "/longer", headers: 1, query: 1, createdAt: "2025-01-01T00:00:00Z", key: "z/z" },
  { path: "/longer", headers: 1, query: 1, key: "a-b/z", rule: 7 },
  { path: "/longer", headers: 1, query: 1, key: "a/y", kind: "GRPCRoute" as const, rule: 7 },
  { path: "/longer", headers: 1, query: 1, key: "a/y", rule: 0, index: 3 },
  { path: "/longer", headers: 1, query: 1, key: "a/y", rule: 1, index: 0 },
  { path: "/longer", headers: 1, query: 1, key: "a/y", rule: 1, index: 1 },
  { path: "/longer", headers: 1, query: 1, key: "a/z" },
  {},
].map(candidate);

test("precedence is the order of the specification, from whatever order one starts", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...order], { minLength: order.length }), (shuffled) => {
      expect(shuffled.toSorted(byPrecedence)).toEqual(order);
    }),
    seeded(200),
  );
});

test("every candidate comes before all that follow it", () => {
  for (const [i, a] of order.entries())
    for (const b of order.slice(i + 1)) {
      expect(byPrecedence(a, b)).toBeLessThan(0);
      expect(byPrecedence(b, a)).toBeGreaterThan(0);
    }
});
