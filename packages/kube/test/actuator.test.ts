import type { Action, KubeObject } from "@headgate/api";
import type { FakeClock } from "@headgate/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Actuator, ActuatorOptions, Result } from "../src/index.ts";
import { actuator } from "../src/index.ts";
import type { Received, Script } from "./scripted-server.ts";
import { answer, scriptedClient, status } from "./scripted-server.ts";
import { virtualClock } from "./virtual-clock.ts";

const owner = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart", uid: "p1" };

function child(kind: string, name: string, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  const apiVersion = kind === "HTTPRoute" ? "gateway.networking.k8s.io/v1" : "v1";
  return { apiVersion, kind, metadata: { namespace: "shop", name, ...more } };
}

function apply(object: KubeObject, observed?: { uid: string; resourceVersion: string }): Action {
  return {
    do: "apply",
    desired: { controller: "pod-routes", owner, object },
    ...(observed === undefined ? {} : { observed }),
  };
}

function remove(kind: string, name: string): Extract<Action, { do: "delete" }> {
  const { apiVersion } = child(kind, name);
  return {
    do: "delete",
    controller: "pod-routes",
    target: { apiVersion, kind, namespace: "shop", name, uid: `uid-${name}` },
  };
}

async function actuated(
  script: Script,
  options: ActuatorOptions = {},
): Promise<{
  actions: Actuator;
  start: () => void;
  results: Result[];
  received: readonly Received[];
  time: FakeClock;
}> {
  const { time, clock } = virtualClock();
  const { client, received } = await scriptedClient(script);
  const results: Result[] = [];
  const actions = actuator(client, { clock, onResult: (result) => results.push(result), ...options });
  const stop = new AbortController();
  let run: Promise<void> | undefined;
  onTestFinished(async () => {
    stop.abort();
    await run;
  });
  const start = (): void => {
    run = actions.run(stop.signal);
  };
  return { actions, start, results, received, time };
}

/** Gives back what it is sent; whatever it is asked for is there, as u1 in version 5. */
const echo: Script = ({ method, body }, response) => {
  const { metadata } = (body ?? { metadata: {} }) as KubeObject;
  const read = { name: "a", uid: "u1", resourceVersion: "5" };
  answer(response, 200, {
    apiVersion: "v1",
    kind: "X",
    metadata: method === "GET" ? read : { uid: "u1", ...metadata, resourceVersion: "9" },
  });
};

const contentType = ({ headers }: Received): string => headers["content-type"] ?? "";

const line = ({ method, path }: Received): string => `${method} ${path.split("/").slice(-2).join("/")}`;

test("a deletion that is to stand for a while first is done then, and not at all when it goes before", async () => {
  const { actions, start, received, time } = await actuated(echo);
  actions.set("late", { ...remove("Service", "late"), afterMs: 3000 });
  actions.set("spared", { ...remove("Service", "spared"), afterMs: 3000 });
  start();
  await time.advance(2999);
  actions.delete("spared");
  await actions.idle();
  expect(received).toEqual([]);
  await time.advance(1);
  await actions.idle();
  expect(received.map(line)).toEqual(["DELETE services/late"]);
});

test("what does not exist is created, never merged into; what does is applied to that incarnation alone", async () => {
  const { actions, start, results, received } = await actuated(echo);
  actions.set("new", apply(child("Service", "new")));
  actions.set("old", apply(child("Service", "old"), { uid: "u1", resourceVersion: "5" }));
  start();
  await actions.idle();
  expect(received.map(line)).toEqual(["POST shop/services", "GET services/old", "PATCH services/old"]);
  expect(received.map(({ query }) => query.toString())).toEqual([
    "fieldManager=headgate%2Fpod-routes",
    "",
    "fieldManager=headgate%2Fpod-routes&force=true",
  ]);
  expect(received[2]?.body).toMatchObject({ metadata: { name: "old", uid: "u1" } });
  expect(results.map(({ key, outcome }) => `${key} ${outcome}`)).toEqual(["new created", "old changed"]);
});

test("backends come before the routes that point at them, and go after them", async () => {
  const { actions, start, received } = await actuated(echo, { concurrency: 4 });
  for (const name of ["a", "b", "c"]) {
    actions.set(`route ${name}`, apply(child("HTTPRoute", name)));
    actions.set(`service ${name}`, apply(child("Service", name)));
  }
  start();
  await actions.idle();
  expect(received.map(line)).toEqual([
    ...Array<string>(3).fill("POST shop/services"),
    ...Array<string>(3).fill("POST shop/httproutes"),
  ]);
  for (const name of ["a", "b"]) {
    actions.set(`service ${name}`, remove("Service", name));
    actions.set(`route ${name}`, remove("HTTPRoute", name));
  }
  await actions.idle();
  expect(received.slice(6).map(line)).toEqual([
    "DELETE httproutes/a",
    "DELETE httproutes/b",
    "DELETE services/a",
    "DELETE services/b",
  ]);
});

test("a delete names the incarnation and leaves what depends on it to the garbage collector", async () => {
  const { actions, start, received } = await actuated(echo);
  actions.set("k", remove("Service", "a"));
  start();
  await actions.idle();
  expect(received[0]?.body).toMatchObject({ preconditions: { uid: "uid-a" }, propagationPolicy: "Background" });
});

test.each([
  [404, "NotFound"],
  [409, "Conflict"],
])("a delete that meets %i is done: that incarnation is gone", async (code, reason) => {
  const { actions, start, results } = await actuated((_, response) => {
    answer(response, code, status(code, reason));
  });
  actions.set("k", remove("Service", "a"));
  start();
  await actions.idle();
  expect(results).toMatchObject([{ outcome: "gone" }]);
});

test.each([
  [404, "NotFound"],
  [409, "Conflict"],
])("a status that meets %i is dropped: a newer row will come", async (code, reason) => {
  const { actions, start, results, received } = await actuated((_, response) => {
    answer(response, code, status(code, reason));
  });
  const desired = { controller: "pod-routes", target: owner, resourceVersion: "3", status: { phase: "x" } };
  actions.set("k", { do: "status", desired });
  start();
  await actions.idle();
  expect(results).toMatchObject([{ outcome: "dropped" }]);
  expect(received[0]).toMatchObject({
    method: "PATCH",
    path: "/api/v1/namespaces/shop/pods/cart/status",
    body: { metadata: { resourceVersion: "3", uid: "p1" }, status: { phase: "x" } },
  });
  expect(received[0]?.headers["content-type"]).toBe("application/merge-patch+json");
});

test("a failed action is tried again with growing pauses, and holds up no other", async () => {
  const { actions, start, received, results, time } = await actuated(
    ({ body }, response) => {
      if ((body as KubeObject).metadata.name === "bad") answer(response, 500, status(500, "InternalError"));
      else answer(response, 201, body);
    },
    { backoff: { first: 1000, most: 4000 }, concurrency: 1 },
  );
  const attempts = (): number => results.filter(({ key }) => key === "bad").length;
  actions.set("bad", apply(child("Service", "bad")));
  actions.set("good", apply(child("Service", "good")));
  start();
  await vi.waitUntil(() => results.length === 2);
  expect(actions.stats).toEqual({ waiting: 0, underWay: 0, backingOff: 1 });
  // With chance in the middle, a pause is three quarters of the interval.
  for (const [pause, total] of [
    [750, 2],
    [1500, 3],
    [3000, 4],
    [3000, 5],
  ] as const) {
    await time.advance(pause - 1);
    expect(attempts()).toBe(total - 1);
    await time.advance(1);
    await vi.waitUntil(() => attempts() === total);
  }
  actions.delete("bad");
  await actions.idle();
  expect(time.pending).toBe(1);
  expect(received.length).toBe(6);
});

test("a server that asks for a pause gets it", async () => {
  let asked = 0;
  const { actions, start, time, results } = await actuated(({ body }, response) => {
    asked += 1;
    if (asked === 1) answer(response, 429, status(429, "TooManyRequests"), { "retry-after": "30" });
    else answer(response, 201, body);
  });
  actions.set("k", apply(child("Service", "a")));
  start();
  await vi.waitUntil(() => results.length === 1);
  await time.advance(29_999);
  expect(asked).toBe(1);
  await time.advance(10_000);
  await actions.idle();
  expect(results.map(({ outcome }) => outcome)).toEqual(["failed", "created"]);
});

test("a server that takes few requests at a time is not asked for more, and no object pays for it with a long wait", async () => {
  const [seats, objects] = [3, 100];
  let [seated, refused] = [0, 0];
  const { actions, start, time, results } = await actuated(({ body }, response) => {
    if (seated === seats) {
      refused += 1;
      answer(response, 429, status(429, "TooManyRequests"), { "retry-after": "1" });
      return;
    }
    seated += 1;
    setTimeout(() => {
      seated -= 1;
      answer(response, 201, body);
    }, 10);
  });
  for (let i = 0; i < objects; i++) actions.set(`k${i}`, apply(child("Service", `s${i}`)));
  start();
  const done = (): number => results.filter(({ outcome }) => outcome === "created").length;
  // Time passes only where everything waits for it.
  await vi.waitUntil(
    async () => {
      if (actions.stats.underWay === 0) await time.advance(100);
      return done() === objects;
    },
    { timeout: 20_000, interval: 1 },
  );
  expect(time.now()).toBeLessThan(10_000);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(objects);
});

test("what trying again can't help waits the longest at once, and a changed row is tried at once", async () => {
  const { actions, start, time, results } = await actuated(
    ({ body }, response) => {
      if ((body as KubeObject).metadata.labels === undefined) answer(response, 422, status(422, "Invalid"));
      else answer(response, 201, body);
    },
    { backoff: { first: 10, most: 60_000 } },
  );
  actions.set("k", apply(child("Service", "a")));
  start();
  await vi.waitUntil(() => results.length === 1);
  await time.advance(30_000);
  expect(results.length).toBe(1);
  actions.set("k", apply(child("Service", "a", { labels: { good: "yes" } })));
  await actions.idle();
  expect(results.map(({ outcome }) => outcome)).toEqual(["failed", "created"]);
});

test("an apply that changed nothing is not repeated until its row changes", async () => {
  const { actions, start, time, received, results } = await actuated(
    (_, response) => {
      answer(response, 200, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "a", uid: "u1", resourceVersion: "9" },
      });
    },
    { confirmMs: 1000 },
  );
  const applies = (): number => received.filter(({ method }) => method === "PATCH").length;
  const action = apply(child("Service", "a"), { uid: "u1", resourceVersion: "9" });
  actions.set("k", action);
  start();
  await actions.idle();
  actions.set("k", structuredClone(action));
  await time.advance(1_000_000);
  await actions.idle();
  expect(applies()).toBe(1);
  expect(results).toMatchObject([{ outcome: "unchanged" }]);
  actions.set("k", apply(child("Service", "a"), { uid: "u1", resourceVersion: "10" }));
  await actions.idle();
  expect(applies()).toBe(2);
});

test("an object that is another one than was observed is not applied to", async () => {
  const { actions, start, received, results } = await actuated(echo);
  actions.set("k", apply(child("Service", "a"), { uid: "u0", resourceVersion: "3" }));
  start();
  await vi.waitUntil(() => results.length === 1);
  expect(results).toMatchObject([{ outcome: "failed", error: { code: "CONFLICT" } }]);
  expect(received.map(({ method }) => method)).toEqual(["GET"]);
});

test("a write that is never seen to take effect is done again, ever more rarely", async () => {
  const { actions, start, time, received } = await actuated(echo, { confirmMs: 1000 });
  actions.set("k", apply(child("Service", "a")));
  start();
  for (const [pause, total] of [
    [0, 1],
    [1000, 2],
    [2000, 3],
    [4000, 4],
  ] as const) {
    await time.advance(pause);
    await actions.idle();
    expect(received.length).toBe(total);
  }
  actions.delete("k");
  await time.advance(100_000);
  await actions.idle();
  expect(received.length).toBe(4);
});

test("the latest action for a key wins, also over one under way, and one key is never under way twice", async () => {
  let open = 0;
  let most = 0;
  const gate = Promise.withResolvers<undefined>();
  const { actions, start, received, results } = await actuated(async ({ body }, response, count) => {
    most = Math.max(most, ++open);
    if (count === 1) await gate.promise;
    open -= 1;
    answer(response, 200, {
      ...(body as KubeObject),
      metadata: { ...(body as KubeObject).metadata, resourceVersion: "9" },
    });
  });
  start();
  actions.set("k", apply(child("Service", "a", { labels: { v: "1" } })));
  await vi.waitUntil(() => received.length === 1);
  actions.set("k", apply(child("Service", "a", { labels: { v: "2" } })));
  actions.delete("k");
  actions.set("k", apply(child("Service", "a", { labels: { v: "3" } })));
  gate.resolve(undefined);
  await actions.idle();
  expect(received.map(({ body }) => (body as KubeObject).metadata.labels?.["v"])).toEqual(["1", "3"]);
  expect(most).toBe(1);
  expect(results.length).toBe(2);
});

test("a name that is taken is asked for again later, since its holder may go", async () => {
  let asked = 0;
  const { actions, start, time, results } = await actuated(({ body }, response) => {
    asked += 1;
    if (asked === 1) answer(response, 409, status(409, "AlreadyExists"));
    else answer(response, 201, body);
  });
  actions.set("k", apply(child("Service", "a")));
  start();
  await vi.waitUntil(() => results.length === 1);
  await time.advance(60_000);
  await actions.idle();
  expect(results.map(({ outcome }) => outcome)).toEqual(["failed", "created"]);
});

test("fields that we created are handed to the apply before it is done, so that it drops what it no longer names", async () => {
  const time = "2026-01-01T00:00:00Z";
  const created = {
    manager: "headgate/pod-routes",
    operation: "Update",
    apiVersion: "v1",
    time,
    fieldsV1: { "f:data": { "f:old": {} } },
  };
  const other = {
    manager: "someone",
    operation: "Update",
    apiVersion: "v1",
    time,
    fieldsV1: { "f:data": { "f:theirs": {} } },
  };
  let managedFields: unknown[] = [created, other];
  const { actions, start, received } = await actuated(({ body, headers }, response) => {
    if (headers["content-type"] === "application/json-patch+json") {
      managedFields = (body as { path: string; value: unknown[] }[])[1]?.value ?? [];
    }
    const metadata = { namespace: "shop", name: "a", uid: "u1", resourceVersion: "9", managedFields };
    answer(response, 200, { apiVersion: "v1", kind: "Service", metadata });
  });
  actions.set("k", apply(child("Service", "a"), { uid: "u1", resourceVersion: "5" }));
  start();
  await actions.idle();
  expect(received.map(({ method, headers }) => `${method} ${headers["content-type"] ?? ""}`)).toEqual([
    "GET ",
    "PATCH application/json-patch+json",
    "PATCH application/apply-patch+yaml",
  ]);
  expect(received[1]?.body).toEqual([
    { op: "replace", path: "/metadata/resourceVersion", value: "9" },
    { op: "replace", path: "/metadata/managedFields", value: [{ ...created, operation: "Apply" }, other] },
  ]);
  actions.set("k", apply(child("Service", "a"), { uid: "u1", resourceVersion: "10" }));
  await actions.idle();
  expect(received.slice(3).map(({ method }) => method)).toEqual(["GET", "PATCH"]);
});

test("what we created and still apply needs no handover: the change is one write", async () => {
  const fieldsV1 = {
    "f:metadata": {
      "f:labels": { ".": {}, "f:app": {} },
      "f:ownerReferences": { ".": {}, 'k:{"uid":"p1"}': {} },
      "f:finalizers": { ".": {}, 'v:"ours"': {} },
    },
    "f:spec": { "f:ports": { ".": {}, 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {} } } },
  };
  const managedFields = [{ manager: "headgate/pod-routes", operation: "Update", apiVersion: "v1", fieldsV1 }];
  const { actions, start, received } = await actuated((_, response) => {
    const metadata = { namespace: "shop", name: "a", uid: "u1", resourceVersion: "9", managedFields };
    answer(response, 200, { apiVersion: "v1", kind: "Service", metadata });
  });
  const ownerReferences = [{ apiVersion: "v1", kind: "Pod", name: "cart", uid: "p1" }];
  const meta = { labels: { app: "new" }, ownerReferences, finalizers: ["ours"] };
  const ports = [{ port: 80, protocol: "TCP" }];
  const writes = (): string[] => received.filter(({ method }) => method !== "GET").map(contentType);
  actions.set("k", apply({ ...child("Service", "a", meta), spec: { ports } }, { uid: "u1", resourceVersion: "5" }));
  start();
  await actions.idle();
  expect(writes()).toEqual(["application/apply-patch+yaml"]);

  const dropped: readonly KubeObject[] = [
    { ...child("Service", "a", { ...meta, labels: {} }), spec: { ports } },
    { ...child("Service", "a", { ...meta, finalizers: [] }), spec: { ports } },
    { ...child("Service", "a", { ...meta, ownerReferences: [] }), spec: { ports } },
    { ...child("Service", "a", meta), spec: { ports: [{ port: 81, protocol: "TCP" }] } },
  ];
  for (const [i, object] of dropped.entries()) {
    actions.set("k", apply(object, { uid: "u1", resourceVersion: `1${i}` }));
    await actions.idle();
    expect(writes().slice(-2)).toEqual(["application/json-patch+json", "application/apply-patch+yaml"]);
  }
});

test("what was decided before our own write was seen waits for what that shows", async () => {
  const gate = Promise.withResolvers<undefined>();
  const { actions, start, received, results, time } = await actuated(
    async (request, response, count) => {
      if (count === 2) await gate.promise;
      await echo(request, response, count);
    },
    { confirmMs: 1000 },
  );
  const wanted = (v: string, version: string): Action =>
    apply(child("Service", "a", { labels: { v } }), { uid: "u1", resourceVersion: version });
  start();
  actions.set("k", wanted("1", "5"));
  await vi.waitUntil(() => received.length === 2);
  // A step of our own write on its way, and then a newer wish, both from before version 9, which the write leaves behind.
  actions.set("k", wanted("1", "6"));
  gate.resolve(undefined);
  await actions.idle();
  actions.set("k", wanted("2", "6"));
  await actions.idle();
  expect(results).toMatchObject([{ outcome: "changed" }]);
  // Seen: what still differs now is news.
  actions.set("k", wanted("2", "9"));
  await actions.idle();
  expect(results.length).toBe(2);
  // Should the event never come, the wish is not forgotten.
  actions.set("k", wanted("3", "8"));
  await actions.idle();
  expect(results.length).toBe(2);
  await time.advance(1000);
  await actions.idle();
  expect(results.length).toBe(3);
  expect(received.at(-1)?.body).toMatchObject({ metadata: { labels: { v: "3" } } });
});

test("what we have just created is not created again when more is wanted of it, but changed when it is seen", async () => {
  const { actions, start, received } = await actuated(echo);
  start();
  actions.set("k", apply(child("Service", "a")));
  await actions.idle();
  const more = child("Service", "a", { labels: { v: "2" } });
  actions.set("k", apply(more));
  await actions.idle();
  actions.set("k", apply(more, { uid: "u1", resourceVersion: "9" }));
  await actions.idle();
  expect(received.map(({ method }) => method)).toEqual(["POST", "GET", "PATCH"]);
  // It was there, and has gone: the row went and came back.
  actions.delete("k");
  actions.set("k", apply(more));
  await actions.idle();
  expect(received.map(({ method }) => method)).toEqual(["POST", "GET", "PATCH", "POST"]);
});

test("when the handover fails the apply is not done, and all of it is done again", async () => {
  const created = { manager: "headgate/pod-routes", operation: "Update", apiVersion: "v1", fieldsV1: { "f:data": {} } };
  const { actions, start, received, time, results } = await actuated(({ method, headers }, response, count) => {
    const metadata = { namespace: "shop", name: "a", uid: "u1", resourceVersion: "9", managedFields: [created] };
    if (headers["content-type"] === "application/json-patch+json" && count === 2)
      answer(response, 409, status(409, "Conflict"));
    else answer(response, 200, { apiVersion: "v1", kind: "Service", metadata: { ...metadata, method } });
  });
  actions.set("k", apply(child("Service", "a"), { uid: "u1", resourceVersion: "5" }));
  start();
  await vi.waitUntil(() => results.length === 1);
  await time.advance(1_000);
  await actions.idle();
  expect(received.map(({ method }) => method)).toEqual(["GET", "PATCH", "GET", "PATCH", "PATCH"]);
});

test("a bug on the way ends the run with it", async () => {
  const { client } = await scriptedClient(echo);
  const actions = actuator(client, {
    onResult: () => {
      throw new Error("bug in the listener");
    },
  });
  actions.set("k", apply(child("Service", "a")));
  await expect(actions.run(new AbortController().signal)).rejects.toThrow("bug in the listener");
});
