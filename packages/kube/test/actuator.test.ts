import type { KubeObject } from "@headgate/api";
import { expect, test, vi } from "vitest";
import { actuator } from "../src/index.ts";
import { actuated, apply, child, echo, line, owner, remove } from "./actuated.ts";
import { patience } from "./patience.ts";
import { answer, scriptedClient, status } from "./scripted-server.ts";

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

test("an object that is another one than was observed is not applied to", async () => {
  const { actions, start, received, results } = await actuated(echo);
  actions.set("k", apply(child("Service", "a"), { uid: "u0", resourceVersion: "3" }));
  start();
  await vi.waitUntil(() => results.length === 1, patience);
  expect(results).toMatchObject([{ outcome: "failed", error: { code: "CONFLICT" } }]);
  expect(received.map(({ method }) => method)).toEqual(["GET"]);
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
  await vi.waitUntil(() => received.length === 1, patience);
  actions.set("k", apply(child("Service", "a", { labels: { v: "2" } })));
  actions.delete("k");
  actions.set("k", apply(child("Service", "a", { labels: { v: "3" } })));
  gate.resolve(undefined);
  await actions.idle();
  expect(received.map(({ body }) => (body as KubeObject).metadata.labels?.["v"])).toEqual(["1", "3"]);
  expect(most).toBe(1);
  expect(results.length).toBe(2);
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
