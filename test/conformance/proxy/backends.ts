import { expect } from "vitest";
import type { KubeObject } from "@headgate/api";
import { aFreePort } from "../../e2e/free-port.ts";
import type { Backend } from "./backend.ts";
import { call } from "./client.ts";
import { service } from "./objects.ts";
import type { Endpoint } from "./objects.ts";
import { define, expectFrom, expectStatus, to } from "./suite.ts";

define({
  "a backend whose Service is missing answers 500 for its share": async ({ with: serve, get }) => {
    await serve([{ rules: [{ backendRefs: [to("red", { weight: 1 }), to("gone", { weight: 1 })] }] }], async () => {
      const statuses = await Promise.all(Array.from({ length: 60 }, async () => (await get("/")).status));
      expect(new Set(statuses)).toEqual(new Set([200, 500]));
    });
  },

  "a backend of a namespace that grants nothing answers 500": async ({ with: serve, get }) => {
    await serve([{ rules: [{ backendRefs: [to("red", { namespace: "other" })] }] }], async () => {
      expectStatus(await get("/"), 500);
    });
  },

  "a rule without backends answers 500": async ({ with: serve, get }) => {
    await serve([{ rules: [{}] }], async () => {
      expectStatus(await get("/"), 500);
    });
  },

  "a backend without endpoints answers 503": async ({ rig, with: serve, get }) => {
    const empty = service("empty", []);
    await rig.apply(empty);
    await serve([{ rules: [{ backendRefs: [to("empty")] }] }], async () => {
      expectStatus(await get("/"), 503);
    });
    await rig.remove(empty);
  },

  "an endpoint that is not ready takes nothing": async ({ rig, with: serve, get, red, green, blue }) => {
    const [ready, not] = [{ ready: true }, { ready: false, serving: false, terminating: false }];
    const leaving = { ready: false, serving: true, terminating: true };
    const gone = { ready: false, serving: false, terminating: true };
    const steps: [Endpoint["conditions"][], string | 503][] = [
      [[ready, not, leaving], "red"],
      [[not, ready, gone], "green"],
      [[not, not, gone], 503],
    ];
    for (const [conditions, expected] of steps) {
      await rig.apply(changing([red, green, blue], conditions));
      await serve([{ rules: [{ backendRefs: [to("changing")] }] }], async () => {
        for (let i = 0; i < 5; i++) {
          const reply = await get("/");
          if (expected === 503) expectStatus(reply, 503);
          else expectFrom(reply, expected);
        }
      });
    }
  },

  "an endpoint that terminates and still serves takes what nobody else can": async ({
    rig,
    with: serve,
    get,
    red,
    blue,
  }) => {
    const not = { ready: false, serving: false, terminating: false };
    await rig.apply(changing([red, blue], [not, { ready: false, serving: true, terminating: true }]));
    await serve([{ rules: [{ backendRefs: [to("changing")] }] }], async () => {
      expectFrom(await get("/"), "blue");
    });
  },

  "requests go to every endpoint of a backend": async ({ rig, with: serve, get, red, green, blue }) => {
    await rig.apply(
      service(
        "several",
        [red, green, blue].map(({ port }) => ({ port })),
      ),
    );
    await serve([{ rules: [{ backendRefs: [to("several")] }] }], async () => {
      const replies = await Promise.all(Array.from({ length: 60 }, () => get("/")));
      expect(new Set(replies.map((reply) => reply.headers["x-backend"]))).toEqual(new Set(["red", "green", "blue"]));
    });
  },

  "an endpoint that refuses connections is passed over while another answers": async ({
    rig,
    with: serve,
    get,
    red,
  }) => {
    const closed = await aFreePort(rig.ownHost);
    await rig.apply(service("half", [{ port: closed }, { port: red.port }]));
    await serve([{ rules: [{ backendRefs: [to("half")] }] }], async () => {
      for (let i = 0; i < 12; i++)
        expectFrom(await get("/", i % 2 === 0 ? {} : { method: "POST", body: "x".repeat(i) }), "red");
    });
    await rig.apply(service("none", [{ port: closed }]));
    await serve([{ rules: [{ backendRefs: [to("none")] }] }], async () => {
      expectStatus(await get("/"), 503);
    });
  },

  "a request that takes longer than its timeout is answered 504": async ({ rig, with: serve, get, backend }) => {
    const silent = await backend("silent", () => undefined);
    await rig.apply(service("silent", [{ port: silent.port }]));
    for (const timeouts of [{ request: "50ms" }, { backendRequest: "50ms" }])
      await serve([{ rules: [{ timeouts, backendRefs: [to("silent")] }] }], async () => {
        expectStatus(await get("/"), 504);
      });
  },

  "a timeout of 0s is none": async ({ with: serve, get }) => {
    await serve([{ rules: [{ timeouts: { request: "0s" }, backendRefs: [to("red")] }] }], async () => {
      expectFrom(await get("/"), "red");
    });
  },

  "a backend that breaks off before it answers is 502": async ({ rig, with: serve, get, backend }) => {
    const rude = await backend("rude", (request) => request.socket.destroy());
    await rig.apply(service("rude", [{ port: rude.port }]));
    await serve([{ rules: [{ backendRefs: [to("rude")] }] }], async () => {
      expectStatus(await get("/"), 502);
    });
  },

  "removing one route fails no request to another": async ({ rig, with: serve }) => {
    const rules = (name: string) => [{ matches: [{ path: { value: `/${name}` } }], backendRefs: [to(name)] }];
    await serve([{ name: "keep", rules: rules("red") }], async () => {
      let going = true;
      const statuses: number[] = [];
      const prober = (async () => {
        while (going) statuses.push((await call(rig.where(80), { path: "/red" })).status);
      })();
      for (let i = 0; i < 20; i++)
        await serve([{ name: "come-and-go", rules: rules("green") }], async () => {
          expectFrom(await call(rig.where(80), { path: "/green" }), "green");
        });
      going = false;
      await prober;
      expect(statuses.length).toBeGreaterThan(10);
      expect(new Set(statuses)).toEqual(new Set([200]));
    });
  },
});

/** A Service of this name, with these endpoints in these conditions. */
function changing(backends: readonly Backend[], conditions: readonly Endpoint["conditions"][]): readonly KubeObject[] {
  return service(
    "changing",
    backends.map(({ port }, i) => ({ port, ...(conditions[i] && { conditions: conditions[i] }) })),
  );
}
