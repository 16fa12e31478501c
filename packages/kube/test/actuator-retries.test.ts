import type { KubeObject } from "@headgate/api";
import { expect, test, vi } from "vitest";
import { actuated, apply, child, echo } from "./actuated.ts";
import { patience } from "./patience.ts";
import { answer, status } from "./scripted-server.ts";

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
  await vi.waitUntil(() => results.length === 2, patience);
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
    await vi.waitUntil(() => attempts() === total, patience);
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
  await vi.waitUntil(() => results.length === 1, patience);
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
  await vi.waitUntil(() => results.length === 1, patience);
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

test("a status stands for a while before the next one of its object, which then is the latest, and holds up no other object", async () => {
  const { actions, start, time, received } = await actuated(echo, { statusStandsMs: 1000 });
  const set = (key: string, ready: number): void => {
    const target = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: key };
    actions.set(key, { do: "status", desired: { controller: "c", target, resourceVersion: "1", status: { ready } } });
  };
  const said = (): unknown[] =>
    received.map(({ body }) => (body as { readonly status: { readonly ready: number } }).status.ready);
  start();
  set("a", 1);
  await actions.idle();
  actions.delete("a");
  for (const ready of [2, 3]) set("a", ready);
  set("b", 4);
  await time.advance(999);
  await actions.idle();
  expect(said()).toEqual([1, 4]);
  await time.advance(1);
  await actions.idle();
  expect(said()).toEqual([1, 4, 3]);
  await time.advance(1000);
  set("a", 5);
  await actions.idle();
  expect(said()).toEqual([1, 4, 3, 5]);
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
  await vi.waitUntil(() => results.length === 1, patience);
  await time.advance(60_000);
  await actions.idle();
  expect(results.map(({ outcome }) => outcome)).toEqual(["failed", "created"]);
});
