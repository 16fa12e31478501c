import { expect } from "vitest";
import { seenBy } from "./client.ts";
import { define, expectFrom, expectStatus, to } from "./suite.ts";

const prefix = (value: string) => ({ path: { type: "PathPrefix", value } });
const filter = (type: string, settings: unknown) => ({
  type,
  [type.charAt(0).toLowerCase() + type.slice(1)]: settings,
});
const rewrite = (settings: unknown) => ({ type: "URLRewrite", urlRewrite: settings });

define({
  "RequestHeaderModifier sets, adds and removes": async ({ with: serve, get }) => {
    const filters = [
      filter("RequestHeaderModifier", {
        set: [{ name: "X-Set", value: "set" }],
        add: [{ name: "X-Add", value: "added" }],
        remove: ["x-remove"],
      }),
    ];
    await serve([{ rules: [{ filters, backendRefs: [to("red")] }] }], async () => {
      const { headers } = seenBy(
        await get("/", { headers: { "x-set": "old", "x-add": "first", "X-Remove": "gone", "x-keep": "kept" } }),
      );
      expect(headers).toMatchObject({ "x-set": "set", "x-add": "first, added", "x-keep": "kept" });
      expect(headers["x-remove"]).toBeUndefined();
    });
  },

  "ResponseHeaderModifier sets, adds and removes": async ({ with: serve, get }) => {
    const filters = [
      filter("ResponseHeaderModifier", {
        set: [{ name: "Content-Type", value: "text/plain" }],
        add: [{ name: "X-Add", value: "added" }],
        remove: ["X-Backend"],
      }),
    ];
    await serve([{ rules: [{ filters, backendRefs: [to("red")] }] }], async () => {
      const { headers } = await get("/");
      expect(headers).toMatchObject({ "content-type": "text/plain", "x-add": "added" });
      expect(headers["x-backend"]).toBeUndefined();
    });
  },

  "header filters of a backend touch that backend alone": async ({ with: serve, get }) => {
    const filters = [filter("RequestHeaderModifier", { set: [{ name: "X-Only", value: "green" }] })];
    const rules = [{ backendRefs: [to("red", { weight: 1 }), to("green", { weight: 1, filters })] }];
    await serve([{ rules }], async () => {
      const replies = await Promise.all(Array.from({ length: 40 }, () => get("/")));
      for (const seen of replies.map(seenBy))
        expect(seen.headers["x-only"]).toBe(seen.backend === "green" ? "green" : undefined);
    });
  },

  "URLRewrite replaces the matched prefix": async ({ with: serve, get }) => {
    const table: [match: string, replacement: string, path: string, rewritten: string][] = [
      ["/foo", "/xyz", "/foo/bar", "/xyz/bar"],
      ["/foo", "/xyz/", "/foo/bar", "/xyz/bar"],
      ["/foo/", "/xyz", "/foo/bar", "/xyz/bar"],
      ["/foo/", "/xyz/", "/foo/bar", "/xyz/bar"],
      ["/foo", "/xyz", "/foo", "/xyz"],
      ["/foo", "/xyz", "/foo/", "/xyz/"],
      ["/foo", "", "/foo/bar", "/bar"],
      ["/foo", "", "/foo/", "/"],
      ["/foo", "", "/foo", "/"],
      ["/foo", "/", "/foo/", "/"],
      ["/foo", "/", "/foo", "/"],
      ["/foo", "/", "/foo?q=1", "/?q=1"],
      ["/", "/xyz", "/bar", "/xyz/bar"],
    ];
    for (const [match, replacement, path, rewritten] of table) {
      const filters = [rewrite({ path: { type: "ReplacePrefixMatch", replacePrefixMatch: replacement } })];
      await serve([{ rules: [{ matches: [prefix(match)], filters, backendRefs: [to("red")] }] }], async () => {
        expect({ match, replacement, path, rewritten: seenBy(await get(path)).url }).toEqual({
          match,
          replacement,
          path,
          rewritten,
        });
      });
    }
  },

  "URLRewrite replaces the whole path and keeps the query": async ({ with: serve, get }) => {
    const filters = [rewrite({ hostname: "inner.test", path: { type: "ReplaceFullPath", replaceFullPath: "/whole" } })];
    await serve([{ rules: [{ matches: [prefix("/foo")], filters, backendRefs: [to("red")] }] }], async () => {
      const seen = seenBy(await get("/foo/bar?q=1", { host: "outer.test" }));
      expect(seen.url).toBe("/whole?q=1");
      expect(seen.headers["host"]).toBe("inner.test");
      expect(seen.headers["x-forwarded-host"]).toBe("outer.test");
    });
  },

  "RequestRedirect changes what it names and keeps the rest": async ({ rig, with: serve, get }) => {
    const { port } = rig.where(80);
    const table: [redirect: Record<string, unknown>, location: string, status: number][] = [
      [{ scheme: "https" }, "https://example.com/foo/bar?q=1", 302],
      [{ hostname: "other.test", statusCode: 301 }, `http://other.test:${port}/foo/bar?q=1`, 301],
      [{ port: 8443, scheme: "https" }, "https://example.com:8443/foo/bar?q=1", 302],
      [{ port: 80 }, "http://example.com/foo/bar?q=1", 302],
      [{ scheme: "http" }, "http://example.com/foo/bar?q=1", 302],
      [
        { scheme: "https", path: { type: "ReplaceFullPath", replaceFullPath: "/there" } },
        "https://example.com/there?q=1",
        302,
      ],
      [
        { scheme: "https", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } },
        "https://example.com/new/bar?q=1",
        302,
      ],
    ];
    for (const [redirect, location, status] of table) {
      await serve(
        [{ rules: [{ matches: [prefix("/foo")], filters: [filter("RequestRedirect", redirect)] }] }],
        async () => {
          const reply = await get("/foo/bar?q=1", { host: "example.com:1234" });
          expect({ redirect, location: reply.headers.location, status: reply.status }).toEqual({
            redirect,
            location,
            status,
          });
        },
      );
    }
  },

  "a rule with a filter that is not supported answers 500, and its neighbours serve": async ({ with: serve, get }) => {
    const rules = [
      {
        matches: [prefix("/bad")],
        filters: [filter("RequestMirror", { backendRef: to("green") })],
        backendRefs: [to("red")],
      },
      { matches: [prefix("/good")], backendRefs: [to("red")] },
    ];
    await serve([{ rules }], async () => {
      expectStatus(await get("/bad"), 500);
      expectFrom(await get("/good"), "red");
    });
  },
});
