import { expect } from "vitest";
import { call, seenBy } from "./client.ts";
import { gateway } from "./objects.ts";
import { define, expectFrom, expectStatus, to } from "./suite.ts";

const prefix = (value: string) => ({ path: { type: "PathPrefix", value } });
const exact = (value: string) => ({ path: { type: "Exact", value } });

define({
  "a request that no route takes is answered 404": async ({ with: serve, get }) => {
    await serve([{ rules: [{ matches: [prefix("/red")], backendRefs: [to("red")] }] }], async () => {
      expectStatus(await get("/"), 404);
      expectStatus(await get("/RED"), 404);
    });
  },

  "a path prefix is compared by whole segments": async ({ with: serve, get }) => {
    await serve([{ rules: [{ matches: [prefix("/red/")], backendRefs: [to("red")] }] }], async () => {
      for (const path of ["/red", "/red/", "/red/more", "/red?q=/"]) expectFrom(await get(path), "red");
      for (const path of ["/redder", "/re", "/more/red"]) expectStatus(await get(path), 404);
    });
  },

  "an exact path takes nothing else, not even a trailing slash": async ({ with: serve, get }) => {
    await serve([{ rules: [{ matches: [exact("/red")], backendRefs: [to("red")] }] }], async () => {
      expectFrom(await get("/red"), "red");
      expectFrom(await get("/red?a=b"), "red");
      for (const path of ["/red/", "/red/more"]) expectStatus(await get(path), 404);
    });
  },

  "an exact path wins over a prefix, and a longer prefix over a shorter one": async ({ with: serve, get }) => {
    const rules = [
      { matches: [prefix("/")], backendRefs: [to("red")] },
      { matches: [prefix("/a/b")], backendRefs: [to("green")] },
      { matches: [exact("/a/b/c")], backendRefs: [to("blue")] },
    ];
    await serve([{ rules }], async () => {
      expectFrom(await get("/a"), "red");
      expectFrom(await get("/a/b/d"), "green");
      expectFrom(await get("/a/b/c"), "blue");
      expectFrom(await get("/a/b/c/d"), "green");
    });
  },

  "a method match wins over none": async ({ with: serve, get }) => {
    const rules = [
      { matches: [prefix("/")], backendRefs: [to("red")] },
      { matches: [{ ...prefix("/"), method: "PUT" }], backendRefs: [to("green")] },
    ];
    await serve([{ rules }], async () => {
      expectFrom(await get("/"), "red");
      expectFrom(await get("/", { method: "PUT", body: "x" }), "green");
    });
  },

  "headers match exactly, whatever the case of their names, and more of them win": async ({ with: serve, get }) => {
    const rules = [
      { matches: [{ headers: [{ name: "x-color", value: "green" }] }], backendRefs: [to("green")] },
      {
        matches: [
          {
            headers: [
              { name: "X-Color", value: "green" },
              { name: "x-shade", value: "dark" },
            ],
          },
        ],
        backendRefs: [to("blue")],
      },
      { backendRefs: [to("red")] },
    ];
    await serve([{ rules }], async () => {
      expectFrom(await get("/", { headers: { "X-COLOR": "green" } }), "green");
      expectFrom(await get("/", { headers: { "x-color": "green", "X-Shade": "dark" } }), "blue");
      expectFrom(await get("/", { headers: { "x-color": "Green" } }), "red");
    });
  },

  "query parameters match by value, and more of them win": async ({ with: serve, get }) => {
    const rules = [
      { matches: [{ queryParams: [{ name: "color", value: "green" }] }], backendRefs: [to("green")] },
      {
        matches: [
          {
            queryParams: [
              { name: "color", value: "green" },
              { name: "n", value: "1" },
            ],
          },
        ],
        backendRefs: [to("blue")],
      },
      { backendRefs: [to("red")] },
    ];
    await serve([{ rules }], async () => {
      expectFrom(await get("/?color=green"), "green");
      expectFrom(await get("/?color=green&n=1"), "blue");
      expectFrom(await get("/?Color=green"), "red");
      expectFrom(await get("/?color=greenish"), "red");
    });
  },

  "query parameters are decoded before they are compared": async ({ with: serve, get }) => {
    const matches = [{ queryParams: [{ name: "color", value: "light green" }] }];
    await serve([{ rules: [{ matches, backendRefs: [to("green")] }, { backendRefs: [to("red")] }] }], async () => {
      expectFrom(await get("/?color=light%20green"), "green");
      expectFrom(await get("/?color=light+green"), "green");
      expectFrom(await get("/?color=light"), "red");
    });
  },

  "of several matches of a rule any one is enough": async ({ with: serve, get }) => {
    await serve(
      [{ rules: [{ matches: [exact("/a"), { ...prefix("/b"), method: "GET" }], backendRefs: [to("red")] }] }],
      async () => {
        expectFrom(await get("/a"), "red");
        expectFrom(await get("/b/c"), "red");
        expectStatus(await get("/b", { method: "DELETE" }), 404);
      },
    );
  },

  "of equal matches the oldest route wins, then the first by name, then the first rule": async ({
    with: serve,
    get,
  }) => {
    const route = (name: string, createdAt: string, backend: string, path: string) => ({
      name,
      createdAt,
      rules: [{ matches: [prefix(path)], backendRefs: [to(backend)] }],
    });
    const routes = [
      route("a-young", "2026-02-01T00:00:00Z", "red", "/age"),
      route("z-old", "2026-01-01T00:00:00Z", "green", "/age"),
      route("b", "2026-01-01T00:00:00Z", "red", "/name"),
      route("a", "2026-01-01T00:00:00Z", "blue", "/name"),
      {
        name: "rules",
        rules: [
          { matches: [prefix("/rule")], backendRefs: [to("green")] },
          { matches: [prefix("/rule")], backendRefs: [to("red")] },
        ],
      },
    ];
    await serve(routes, async () => {
      expectFrom(await get("/age"), "green");
      expectFrom(await get("/name"), "blue");
      expectFrom(await get("/rule"), "green");
    });
  },

  "an exact host wins over a wildcard, and a longer wildcard over a shorter one; case and port of the host do not matter":
    async ({ with: serve, get }) => {
      const route = (hostname: string, backend: string) => ({
        name: backend,
        hostnames: [hostname],
        rules: [{ backendRefs: [to(backend)] }],
      });
      await serve(
        [route("*.example.com", "red"), route("*.b.example.com", "green"), route("a.b.example.com", "blue")],
        async () => {
          expectFrom(await get("/", { host: "x.example.com" }), "red");
          expectFrom(await get("/", { host: "x.y.example.com" }), "red");
          expectFrom(await get("/", { host: "x.b.example.com" }), "green");
          expectFrom(await get("/", { host: "A.b.Example.com:8080" }), "blue");
          expectStatus(await get("/", { host: "example.com" }), 404);
        },
      );
    },

  "a host that is more specific does not hide what only a wider host takes": async ({ with: serve, get }) => {
    const routes = [
      { name: "wide", hostnames: ["*.example.com"], rules: [{ matches: [prefix("/wide")], backendRefs: [to("red")] }] },
      {
        name: "narrow",
        hostnames: ["a.example.com"],
        rules: [{ matches: [prefix("/narrow")], backendRefs: [to("green")] }],
      },
    ];
    await serve(routes, async () => {
      expectFrom(await get("/wide", { host: "a.example.com" }), "red");
      expectFrom(await get("/narrow", { host: "a.example.com" }), "green");
    });
  },

  "a request belongs to the listener whose host fits best, and to no other": async ({ rig, with: serve }) => {
    const listeners = [
      { name: "any", port: 8080 },
      { name: "narrow", port: 8080, hostname: "a.example.com" },
    ];
    await rig.apply([gateway(listeners, "isolated")]);
    const routes = [
      { name: "on-any", parent: { name: "isolated", sectionName: "any" }, rules: [{ backendRefs: [to("red")] }] },
      {
        name: "on-narrow",
        parent: { name: "isolated", sectionName: "narrow" },
        rules: [{ matches: [prefix("/n")], backendRefs: [to("green")] }],
      },
    ];
    await serve(routes, async () => {
      const at = rig.where(8080);
      expectFrom(await call(at, { host: "b.example.com" }), "red");
      expectFrom(await call(at, { host: "a.example.com", path: "/n" }), "green");
      expectStatus(await call(at, { host: "a.example.com", path: "/other" }), 404);
    });
    await rig.remove([gateway(listeners, "isolated")]);
  },

  "weights share the requests, and a weight of 0 takes none": async ({ with: serve, get, red, green, blue }) => {
    const before = [red, green, blue].map((b) => b.seen.length);
    await serve(
      [{ rules: [{ backendRefs: [to("red", { weight: 3 }), to("green", { weight: 1 }), to("blue", { weight: 0 })] }] }],
      async () => {
        await Promise.all(Array.from({ length: 400 }, () => get("/")));
      },
    );
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((backend, i) => backend.seen.length - (before[i] ?? 0));
    expect({ sum: r + g, b }).toEqual({ sum: 400, b: 0 });
    // 300 expected; more than six standard deviations (8.7) off is no chance.
    expect(Math.abs(r - 300)).toBeLessThan(53);
  },

  "the query string and the path reach the backend as they were sent": async ({ with: serve, get }) => {
    await serve([{ rules: [{ backendRefs: [to("red")] }] }], async () => {
      const path = "/a%20b/%2Fc/d;e=f?x=%31&&y=a+b&z";
      expect(seenBy(await get(path)).url).toBe(path);
    });
  },

  "several slashes in a path stay several": async ({ with: serve, get }) => {
    await serve([{ rules: [{ backendRefs: [to("red")] }] }], async () => {
      expect(seenBy(await get("/a//b?c//d")).url).toBe("/a//b?c//d");
    });
  },
});
