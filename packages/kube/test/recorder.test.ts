import type { KubeObject, Notice } from "@headgate/api";
import type { FakeClock } from "@headgate/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Recorder, RecorderOptions } from "../src/index.ts";
import { recorder } from "../src/index.ts";
import { patience } from "./patience.ts";
import type { Received, Script } from "./scripted-server.ts";
import { answer, scriptedClient, status } from "./scripted-server.ts";
import { virtualClock } from "./virtual-clock.ts";

const notice: Notice = {
  controller: "pod-routes",
  about: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart", uid: "p1" },
  type: "Warning",
  reason: "BadPort",
  message: "envoy-router/port: want a number, found x",
};

const echo: Script = ({ body }, response) => {
  answer(response, 201, { apiVersion: "v1", kind: "Event", metadata: {}, ...(body as object) });
};

async function recording(
  script: Script,
  options: Partial<RecorderOptions> = {},
): Promise<{ events: Recorder; received: readonly Received[]; time: FakeClock; start: () => void }> {
  const { client, received } = await scriptedClient(script);
  const { time, clock } = virtualClock(Date.parse("2026-01-01T00:00:00.250Z"));
  const events = recorder(client, { component: "headgate", clock, ...options });
  const stop = new AbortController();
  let run: Promise<void> | undefined;
  onTestFinished(async () => {
    stop.abort();
    await run;
  });
  return { events, received, time, start: () => void (run = events.run(stop.signal)) };
}

test("a notice becomes an Event on the object that it is about", async () => {
  const { events, received, start } = await recording(echo);
  events.record(notice);
  start();
  await events.idle();
  expect(received).toMatchObject([
    {
      method: "POST",
      path: "/api/v1/namespaces/shop/events",
      body: {
        involvedObject: notice.about,
        type: "Warning",
        reason: "BadPort",
        message: notice.message,
        source: { component: "headgate" },
        firstTimestamp: "2026-01-01T00:00:00Z",
        lastTimestamp: "2026-01-01T00:00:00Z",
        count: 1,
      },
    },
  ]);
  expect((received[0]?.body as KubeObject).metadata.name).toMatch(/^cart\.[0-9a-f]+$/);
});

test("a repeat raises the count of the Event; repeats that wait together are written once", async () => {
  const { events, received, start, time } = await recording(echo);
  start();
  events.record(notice);
  await events.idle();
  await time.advance(5_000);
  events.record(notice);
  events.record(notice);
  await events.idle();
  expect(received.map(({ method }) => method)).toEqual(["POST", "PATCH"]);
  expect(received[1]?.path).toBe(`/api/v1/namespaces/shop/events/${(received[0]?.body as KubeObject).metadata.name}`);
  expect(received[1]?.body).toEqual({ count: 3, lastTimestamp: "2026-01-01T00:00:05Z" });
});

test("an Event that the API server forgot is written anew with its count", async () => {
  const { events, received, start } = await recording((request, response, count) => {
    if (request.method === "PATCH") answer(response, 404, status(404, "NotFound"));
    else return echo(request, response, count);
  });
  start();
  events.record(notice);
  await events.idle();
  events.record(notice);
  await events.idle();
  expect(received.map(({ method }) => method)).toEqual(["POST", "PATCH", "POST"]);
  expect(received[2]?.body).toMatchObject({ count: 2 });
});

test("an object has its burst of Events and then one now and then; others are not held up", async () => {
  const { events, received, start, time } = await recording(echo, { burst: 2, refillMs: 1000 });
  start();
  for (const message of ["1", "2", "3", "4"]) events.record({ ...notice, message });
  events.record({ ...notice, about: { ...notice.about, name: "other" } });
  await events.idle();
  expect(received.length).toBe(3);
  expect(events.stats).toEqual({ written: 3, dropped: 2 });
  await time.advance(1000);
  events.record({ ...notice, message: "5" });
  events.record({ ...notice, message: "6" });
  await events.idle();
  expect(received.length).toBe(4);
});

test("what waits is bounded: the oldest are dropped", async () => {
  const { events, received, start } = await recording(echo, { queueLimit: 3 });
  for (let i = 0; i < 10; i++) events.record({ ...notice, about: { ...notice.about, name: `p${i}` } });
  start();
  await events.idle();
  expect(received.map(({ body }) => (body as { involvedObject: { name: string } }).involvedObject.name)).toEqual([
    "p7",
    "p8",
    "p9",
  ]);
  expect(events.stats).toEqual({ written: 3, dropped: 7 });
});

test("a failure is tried again a few times and then dropped, without a word to who recorded", async () => {
  const errors: string[] = [];
  const { events, received, start, time } = await recording(
    (_, response) => {
      answer(response, 500, status(500, "InternalError"));
    },
    { onError: ({ code }) => errors.push(code), backoff: { first: 100, most: 100 } },
  );
  start();
  events.record(notice);
  await vi.waitUntil(async () => {
    await time.advance(100);
    return events.stats.dropped === 1;
  }, patience);
  expect(received.length).toBe(5);
  expect(errors).toEqual(["SERVER_ERROR"]);
});

test("a namespace that is going away costs one attempt", async () => {
  const { events, received, start } = await recording((_, response) => {
    answer(response, 403, status(403, "Forbidden"));
  });
  start();
  events.record(notice);
  await events.idle();
  expect(received.length).toBe(1);
});

test("an Event about a cluster-scoped object is in the namespace default, and a long name is cut to what fits", async () => {
  const { events, received, start } = await recording(echo);
  events.record({ ...notice, about: { apiVersion: "v1", kind: "Namespace", name: "n".repeat(253) } });
  start();
  await events.idle();
  expect(received[0]?.path).toBe("/api/v1/namespaces/default/events");
  expect((received[0]?.body as KubeObject).metadata.name.length).toBe(253);
});
