import { expect } from "vitest";
import { call, seenBy } from "./client.ts";
import { gateway } from "./objects.ts";
import { define, expectFrom, expectStatus, to } from "./suite.ts";
import type { Stage } from "./suite.ts";

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

  "URLRewrite replaces the matched prefix": async (stage) => {
    await expectRewrites(stage, [
      ["/foo", "/xyz", "/foo/bar", "/xyz/bar"],
      ["/foo/", "/xyz", "/foo/bar", "/xyz/bar"],
      ["/foo", "/xyz", "/foo", "/xyz"],
      ["/foo", "/xyz", "/foo/", "/xyz/"],
      ["/foo", "", "/foo/bar", "/bar"],
      ["/foo", "", "/foo/", "/"],
      ["/foo", "", "/foo", "/"],
      ["/foo", "/", "/foo/", "/"],
      ["/foo", "/", "/foo", "/"],
      ["/foo", "/", "/foo?q=1", "/?q=1"],
    ]);
  },

  "a prefix is replaced by whole segments: one that is or becomes / neither joins two nor doubles a slash": async (
    stage,
  ) => {
    await expectRewrites(stage, [
      ["/foo", "/xyz/", "/foo/bar", "/xyz/bar"],
      ["/foo/", "/xyz/", "/foo/bar", "/xyz/bar"],
      ["/", "/xyz", "/bar", "/xyz/bar"],
    ]);
  },

  "URLRewrite replaces host and whole path, and keeps the query": async ({ with: serve, get }) => {
    const filters = [rewrite({ hostname: "inner.test", path: { type: "ReplaceFullPath", replaceFullPath: "/whole" } })];
    await serve([{ rules: [{ matches: [prefix("/foo")], filters, backendRefs: [to("red")] }] }], async () => {
      const seen = seenBy(await get("/foo/bar?q=1", { host: "outer.test" }));
      expect(seen.url).toBe("/whole?q=1");
      expect(seen.headers["host"]).toBe("inner.test");
    });
  },

  "the host that was asked is told to the backend, rewritten or not": async ({ with: serve, get }) => {
    const filters = [rewrite({ hostname: "inner.test" })];
    const rules = [
      { matches: [prefix("/as-it-is")], backendRefs: [to("red")] },
      { matches: [prefix("/rewritten")], filters, backendRefs: [to("red")] },
    ];
    await serve([{ rules }], async () => {
      for (const path of ["/as-it-is", "/rewritten"])
        expect(seenBy(await get(path, { host: "outer.test" })).headers["x-forwarded-host"]).toBe("outer.test");
    });
  },

  "RequestRedirect changes what it names and keeps the rest": async (stage) => {
    await expectRedirects(stage, "example.com", [
      [{ scheme: "https" }, "https://example.com/foo/bar?q=1", 302],
      [{ hostname: "other.test", statusCode: 301 }, "http://other.test/foo/bar?q=1", 301],
      [{ port: 8443, scheme: "https" }, "https://example.com:8443/foo/bar?q=1", 302],
      [{ path: { type: "ReplaceFullPath", replaceFullPath: "/there" } }, "http://example.com/there?q=1", 302],
      [
        { scheme: "https", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } },
        "https://example.com/new/bar?q=1",
        302,
      ],
    ]);
  },

  "a redirect leaves out the port that its scheme implies": async (stage) => {
    await expectRedirects(stage, "example.com", [
      [{ port: 80 }, "http://example.com/foo/bar?q=1", 302],
      [{ scheme: "https", port: 443 }, "https://example.com/foo/bar?q=1", 302],
    ]);
  },

  "a redirect goes to the port of its scheme, or else of the listener, whatever port the client wrote": async (
    stage,
  ) => {
    await expectRedirects(stage, "example.com:1234", [
      [{ scheme: "https" }, "https://example.com/foo/bar?q=1", 302],
      [{ scheme: "http" }, "http://example.com/foo/bar?q=1", 302],
      [{ hostname: "other.test" }, "http://other.test/foo/bar?q=1", 302],
    ]);
    const { rig, with: serve } = stage;
    const other = gateway([{ name: "http", port: 8081 }], "other");
    await rig.apply([other]);
    const filters = [filter("RequestRedirect", { hostname: "other.test" })];
    await serve([{ parent: { name: "other" }, rules: [{ filters }] }], async () => {
      expect((await call(rig.where(8081), { path: "/a" })).headers.location).toBe("http://other.test:8081/a");
    });
    await rig.remove([other]);
  },

  "a rule with a filter that is not supported answers 500, and its neighbours serve": async ({ with: serve, get }) => {
    const rules = [
      {
        matches: [prefix("/bad")],
        filters: [filter("ExtensionRef", { group: "example.com", kind: "Nothing", name: "nothing" })],
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

type Rewrite = readonly [match: string, replacement: string, path: string, rewritten: string];

async function expectRewrites({ with: serve, get }: Stage, table: readonly Rewrite[]): Promise<void> {
  for (const [match, replacement, path, rewritten] of table) {
    const filters = [rewrite({ path: { type: "ReplacePrefixMatch", replacePrefixMatch: replacement } })];
    await serve([{ rules: [{ matches: [prefix(match)], filters, backendRefs: [to("red")] }] }], async () => {
      const row = { match, replacement, path };
      expect({ ...row, rewritten: seenBy(await get(path)).url }).toEqual({ ...row, rewritten });
    });
  }
}

type Redirect = readonly [redirect: Readonly<Record<string, unknown>>, location: string, status: number];

/** Asks for `/foo/bar?q=1` at this host, and `/foo` is what matches. */
async function expectRedirects({ with: serve, get }: Stage, host: string, table: readonly Redirect[]): Promise<void> {
  for (const [redirect, location, status] of table) {
    const filters = [filter("RequestRedirect", redirect)];
    await serve([{ rules: [{ matches: [prefix("/foo")], filters }] }], async () => {
      const reply = await get("/foo/bar?q=1", { host });
      expect({ redirect, location: reply.headers.location, status: reply.status }).toEqual({
        redirect,
        location,
        status,
      });
    });
  }
}
