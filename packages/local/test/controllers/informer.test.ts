import * as http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectApi } from "../../src/client/api.ts";
import { type Informer, startInformer } from "../../src/client/informer.ts";
import type { KubeObject } from "../../src/client/object.ts";
import { type Resource, resources } from "../../src/client/resource.ts";
import { workQueue } from "../../src/client/work-queue.ts";
import { startApiServer } from "../../src/index.ts";
import { manualClock } from "../runner/manual-clock.ts";

const maps: Resource = resources.configMaps;
const configMap = (name: string): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
const names = (informer: Informer<KubeObject>): string[] =>
  [...informer.inNamespace("default")].map(({ metadata }) => metadata.name).sort();
const until = (informer: Informer<KubeObject>, condition: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (condition()) resolve();
    };
    informer.onChange(look);
    look();
  });

describe("an informer", () => {
  test("outlives the server, and sees what happened while it was away", async () => {
    const first = await startApiServer();
    const api = connectApi({ server: first.url });
    onTestFinished(() => api.close());
    for (const name of ["stays", "goes"]) await api.create(maps, "default", configMap(name));
    const informer = startInformer(api, maps);
    onTestFinished(() => informer.close());
    await informer.synced;
    const changes: string[] = [];
    await first.close();
    const second = await startApiServer({ port: first.port, storage: first.storage });
    onTestFinished(() => second.close());
    informer.onChange((before, after) => {
      changes.push(`${before?.metadata.name ?? "-"} ${after?.metadata.name ?? "-"}`);
    });
    await api.remove(maps, { namespace: "default", name: "goes" });
    await api.create(maps, "default", configMap("comes"));
    await until(informer, () => names(informer).join() === "comes,stays");
    expect(changes).toContain("goes -");
    expect(changes).toContain("- comes");
  });

  test("lists again when the server has forgotten its version, and reports what went meanwhile", async () => {
    const first = await startApiServer();
    const api = connectApi({ server: first.url });
    onTestFinished(() => api.close());
    await api.create(maps, "default", configMap("lost"));
    const informer = startInformer(api, maps);
    onTestFinished(() => informer.close());
    await informer.synced;
    await first.close();
    // Another storage: versions begin anew, and the object is not there.
    const second = await startApiServer({ port: first.port, history: 1 });
    onTestFinished(() => second.close());
    for (let i = 0; i < 50; i += 1) await api.create(maps, "default", configMap(`new-${i}`));
    await until(informer, () => names(informer).length === 50);
    expect(names(informer)).not.toContain("lost");
  });

  test("takes in the answer of a write at once, but not that of an object that is gone", async () => {
    const server = await startApiServer();
    const api = connectApi({ server: server.url });
    onTestFinished(async () => {
      await informer.close();
      await api.close();
      await server.close();
    });
    const informer = startInformer(api, maps);
    await informer.synced;
    const created = await api.create(maps, "default", configMap("a"));
    informer.observe(created);
    expect(names(informer)).toEqual(["a"]);
    await api.remove(maps, { namespace: "default", name: "a" });
    await until(informer, () => names(informer).length === 0);
    informer.observe(created);
    expect(names(informer)).toEqual([]);
  });
});

test("the client says who it is with its token, and tells an error by its status and reason", async () => {
  const seen: (string | undefined)[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(403, { "content-type": "application/json" });
    response.end(JSON.stringify({ kind: "Status", code: 403, reason: "Forbidden", message: "pods is forbidden" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const api = connectApi({ server: `http://127.0.0.1:${port}`, token: "secret" });
  onTestFinished(async () => {
    await api.close();
    server.close();
  });
  await expect(api.list(resources.pods)).rejects.toMatchObject({
    status: 403,
    reason: "Forbidden",
    message: "pods is forbidden",
  });
  expect(seen).toEqual(["Bearer secret"]);
});

test("the client applies with a field manager, and is told of a conflict", async () => {
  const server = await startApiServer();
  const api = connectApi({ server: server.url });
  onTestFinished(async () => {
    await api.close();
    await server.close();
  });
  const target = { namespace: "default", name: "a" };
  const body = (value: string): object => ({ ...configMap("a"), data: { key: value } });
  await api.apply(resources.configMaps, target, body("one"), { fieldManager: "first" });
  const stolen = api.apply(resources.configMaps, target, body("two"), { fieldManager: "second" });
  await expect(stolen).rejects.toMatchObject({ status: 409, reason: "Conflict" });
  const forced = await api.apply(resources.configMaps, target, body("two"), { fieldManager: "second", force: true });
  expect(forced.data).toEqual({ key: "two" });
});

describe("a work queue", () => {
  test("works on a key once at a time, and once more when it was added meanwhile", async () => {
    let running = 0;
    let most = 0;
    let times = 0;
    const gate = Promise.withResolvers<undefined>();
    const done = Promise.withResolvers<undefined>();
    const queue = workQueue({
      async reconcile() {
        running += 1;
        most = Math.max(most, running);
        times += 1;
        await (times === 1 ? gate.promise : Promise.resolve());
        running -= 1;
        if (times === 2) done.resolve(undefined);
      },
    });
    queue.add("a");
    await Promise.resolve();
    await Promise.resolve();
    for (let i = 0; i < 5; i += 1) queue.add("a");
    gate.resolve(undefined);
    await done.promise;
    await queue.close();
    expect([most, times]).toEqual([1, 2]);
  });

  test("tries a failed key again after a delay that doubles, without holding up another", async () => {
    const clock = manualClock(0);
    const tries: number[] = [];
    const others: string[] = [];
    let failed = Promise.withResolvers<undefined>();
    const queue = workQueue({
      clock,
      concurrency: 1,
      reconcile(key) {
        if (key === "good") others.push(key);
        else {
          tries.push(clock.now());
          throw new Error("no");
        }
        return Promise.resolve();
      },
      onError: () => {
        failed.resolve(undefined);
      },
    });
    queue.add("bad");
    queue.add("good");
    await failed.promise;
    for (const ms of [10, 20, 40]) {
      failed = Promise.withResolvers();
      // The retry is scheduled in the turn after the report.
      await Promise.resolve();
      clock.advance(ms);
      await failed.promise;
    }
    await queue.close();
    expect(tries).toEqual([0, 10, 30, 70]);
    expect(others).toEqual(["good"]);
  });
});
