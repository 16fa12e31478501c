import type { ServerResponse } from "node:http";
import type { KubeObject } from "@headgate/api";
import { resourceTypes } from "@headgate/api";
import type { FakeClock } from "@headgate/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Client, Reflector, ReflectOptions } from "../src/index.ts";
import { reflect } from "../src/index.ts";
import { patience } from "./patience.ts";
import { answer, scriptedClient, status } from "./scripted-server.ts";
import { virtualClock } from "./virtual-clock.ts";

function pod(name: string, version: number): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { namespace: "ns", name, resourceVersion: String(version) } };
}

function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

const bookmark = (version: number): string => event("BOOKMARK", { metadata: { resourceVersion: String(version) } });

/** A reflector of pods that runs until the test is done; `held` is what its sink holds. */
function reflected(
  client: Client,
  options: ReflectOptions = {},
): { reflector: Reflector; held: Map<string, string>; time: FakeClock } {
  const { time, clock } = virtualClock();
  const held = new Map<string, string>();
  const put = ({ metadata }: KubeObject): void => void held.set(metadata.name, metadata.resourceVersion ?? "");
  const reflector = reflect(
    client,
    { type: resourceTypes.Pod },
    {
      replace: (objects) => {
        held.clear();
        objects.forEach(put);
      },
      upsert: put,
      remove: ({ metadata }) => void held.delete(metadata.name),
    },
    { clock, ...options },
  );
  const stop = new AbortController();
  const run = reflector.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await run;
  });
  return { reflector, held, time };
}

/** A server whose list is `list()` and whose watches are handed to `watch`, one after the other. */
function serverOf(
  list: () => { readonly version: number; readonly items: readonly KubeObject[] },
  ...watches: ((response: ServerResponse, from: string | null) => void)[]
): ReturnType<typeof scriptedClient> {
  let opened = 0;
  return scriptedClient(({ query }, response) => {
    if (query.get("watch") !== "true") {
      const { version, items } = list();
      answer(response, 200, { metadata: { resourceVersion: String(version) }, items });
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    watches[opened++]?.(response, query.get("resourceVersion"));
  });
}

test("the sink holds the list, then what the watch tells", async () => {
  const { client, received } = await serverOf(
    () => ({ version: 10, items: [pod("a", 1), pod("b", 2)] }),
    (response) => {
      response.write(event("MODIFIED", pod("a", 11)) + event("DELETED", pod("b", 12)) + event("ADDED", pod("c", 13)));
    },
  );
  const { reflector, held } = reflected(client);
  await reflector.synced;
  await vi.waitUntil(() => held.has("c"), patience);
  expect(Object.fromEntries(held)).toEqual({ a: "11", c: "13" });
  expect(received[1]?.query.get("allowWatchBookmarks")).toBe("true");
  expect(received[1]?.query.get("resourceVersion")).toBe("10");
  expect(reflector.stats).toMatchObject({ objects: 2, lists: 1, reconnects: 0, events: 3, misses: 0, failures: 0 });
  expect(reflector.lastEventAge()).toBe(0);
});

test("a watch that is dropped resumes from the newest version that it brought, bookmarks included", async () => {
  const { client, received } = await serverOf(
    () => ({ version: 10, items: [] }),
    (response) => {
      response.write(event("ADDED", pod("a", 11)) + bookmark(20), () => response.destroy());
    },
    (response) => {
      response.write(event("ADDED", pod("b", 21)));
    },
  );
  const { held, time, reflector } = reflected(client);
  await vi.waitUntil(() => reflector.stats.failures === 1, patience);
  await time.advance(200);
  await vi.waitUntil(() => held.has("b"), patience);
  expect(received.map(({ query }) => query.get("resourceVersion"))).toEqual([null, "10", "20"]);
  expect(reflector.stats).toMatchObject({
    lists: 1,
    reconnects: 1,
    lastError: expect.objectContaining({ code: "UNREACHABLE" }) as unknown,
  });
});

test("a watch that ends in good order is opened anew", async () => {
  const { client } = await serverOf(
    () => ({ version: 10, items: [] }),
    (response) => response.end(event("ADDED", pod("a", 11))),
    (response) => response.write(event("ADDED", pod("b", 12))),
  );
  const { held, reflector } = reflected(client);
  await vi.waitUntil(() => held.has("b"), patience);
  expect(reflector.stats).toMatchObject({ lists: 1, reconnects: 1, failures: 0 });
});

test("a watch without a byte for the read timeout counts as stalled and is opened anew", async () => {
  const { client } = await serverOf(
    () => ({ version: 10, items: [] }),
    (response) => response.write(bookmark(11)),
    (response) => response.write(event("ADDED", pod("b", 12))),
  );
  const { held, reflector, time } = reflected(client, { readTimeoutMs: 1000 });
  await vi.waitUntil(() => reflector.stats.events === 1, patience);
  await time.advance(999);
  expect(reflector.lastEventAge()).toBe(999);
  expect(reflector.stats.failures).toBe(0);
  await time.advance(1);
  await vi.waitUntil(() => reflector.stats.lastError?.code === "STALLED", patience);
  await time.advance(500);
  await vi.waitUntil(() => held.has("b"), patience);
});

test.each([
  ["by an ERROR event", (response: ServerResponse): void => void response.end(event("ERROR", status(410, "Expired")))],
  ["by a garbled line, again and again", (response: ServerResponse): void => void response.end("garbled\n")],
  [
    "by events that are none, again and again",
    (response: ServerResponse): void => void response.end(event("ADDED", { kind: "Pod" })),
  ],
])("history that is lost %s is made up for by a list", async (_, lose) => {
  let lists = 0;
  const good = (response: ServerResponse, from: string | null): void => {
    if (from === "30") response.write(event("ADDED", pod("c", 31)));
    else lose(response);
  };
  const { client } = await serverOf(
    () => (lists++ === 0 ? { version: 10, items: [pod("a", 1)] } : { version: 30, items: [pod("b", 25)] }),
    ...Array.from({ length: 8 }, () => good),
  );
  const { held, time } = reflected(client);
  await vi.waitUntil(async () => {
    await time.advance(500);
    return held.has("c");
  }, patience);
  expect([...held.keys()]).toEqual(["b", "c"]);
  expect(lists).toBe(2);
});

test("the comparing list finds what a broken watch kept to itself", async () => {
  let lists = 0;
  const { client } = await serverOf(
    () => (lists++ === 0 ? { version: 10, items: [pod("a", 1)] } : { version: 20, items: [pod("a", 1), pod("b", 15)] }),
    (response) => {
      response.write(bookmark(11));
    },
  );
  const { held, reflector, time } = reflected(client, { compareEveryMs: 1000, readTimeoutMs: 1_000_000 });
  await vi.waitUntil(() => reflector.stats.events === 1, patience);
  await time.advance(1000);
  await vi.waitUntil(() => reflector.stats.comparisons === 1, patience);
  expect([...held.keys()]).toEqual(["a", "b"]);
  expect(reflector.stats.lists).toBe(1);
});

test("a server that asks for a pause gets it", async () => {
  let asked = 0;
  const { client } = await scriptedClient((_, response) => {
    asked += 1;
    if (asked === 1) answer(response, 429, status(429, "TooManyRequests"), { "retry-after": "5" });
    else answer(response, 200, { metadata: { resourceVersion: "1" }, items: [] });
  });
  const { reflector, time } = reflected(client);
  await vi.waitUntil(() => reflector.stats.failures === 1, patience);
  await time.advance(4999);
  expect(asked).toBe(1);
  await time.advance(1);
  await reflector.synced;
});

test("a sink that throws is a bug, and ends the run with it", async () => {
  const { client } = await serverOf(() => ({ version: 10, items: [] }));
  const sink = {
    replace: (): void => {
      throw new Error("bug in the sink");
    },
    upsert: (): void => undefined,
    remove: (): void => undefined,
  };
  const run = reflect(client, { type: resourceTypes.Pod }, sink).run(new AbortController().signal);
  await expect(run).rejects.toThrow("bug in the sink");
});
