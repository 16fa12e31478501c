import { resourceTypes } from "@headgate/api";
import { expect, test, vi } from "vitest";
import { connect, listAll } from "../src/index.ts";
import { patience } from "./patience.ts";
import { answer, scriptedClient, scriptedServer, status } from "./scripted-server.ts";
import { virtualClock } from "./virtual-clock.ts";

const pod = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart" };
const podObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name: "cart", resourceVersion: "7" },
};

test("each verb sends what the API asks for", async () => {
  const { client, received } = await scriptedClient((_, response) => {
    answer(response, 200, podObject);
  });
  await client.get(pod);
  await client.create(podObject, { manager: "headgate/x" });
  await client.replace(podObject, { subresource: "status" });
  await client.apply(podObject, { manager: "headgate/x", force: true });
  await client.patch(pod, { status: {} }, { type: "merge", subresource: "status" });
  await client.patch(pod, [], { type: "json" });
  await client.delete(pod, { uid: "u1" });
  const base = "/api/v1/namespaces/shop/pods";
  expect(received.map(({ method, path, query }) => `${method} ${path} ${query.toString()}`)).toEqual([
    `GET ${base}/cart `,
    `POST ${base} fieldManager=headgate%2Fx`,
    `PUT ${base}/cart/status `,
    `PATCH ${base}/cart fieldManager=headgate%2Fx&force=true`,
    `PATCH ${base}/cart/status `,
    `PATCH ${base}/cart `,
    `DELETE ${base}/cart `,
  ]);
  expect(received.map(({ headers }) => headers["content-type"])).toEqual([
    undefined,
    "application/json",
    "application/json",
    "application/apply-patch+yaml",
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/json",
  ]);
  expect(received[6]?.body).toMatchObject({ propagationPolicy: "Background", preconditions: { uid: "u1" } });
});

test("an object without a name or a namespace is never sent, for it would name a collection", async () => {
  const { client, received } = await scriptedClient((_, response) => {
    answer(response, 200, podObject);
  });
  await expect(client.delete({ ...pod, name: "" })).rejects.toMatchObject({ code: "INVALID" });
  await expect(client.delete({ apiVersion: "v1", kind: "Pod", name: "cart" })).rejects.toMatchObject({
    code: "INVALID",
  });
  await expect(client.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "x" } })).rejects.toMatchObject({
    code: "INVALID",
  });
  expect(received).toEqual([]);
});

test("a base URL with a path keeps it, and credentials are asked for each request", async () => {
  const { url, received } = await scriptedServer((_, response) => {
    answer(response, 200, podObject);
  });
  let tokens = 0;
  const client = connect({
    server: `${url}/clusters/c1/`,
    headers: () => Promise.resolve({ authorization: `Bearer ${++tokens}` }),
  });
  await client.get(pod);
  await client.get(pod);
  await client.close();
  expect(received.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ["/clusters/c1/api/v1/namespaces/shop/pods/cart", "Bearer 1"],
    ["/clusters/c1/api/v1/namespaces/shop/pods/cart", "Bearer 2"],
  ]);
});

test("a list is read page by page, items get their names, and an expired page begins it anew", async () => {
  let expired = false;
  const { client, received } = await scriptedClient(({ query }, response) => {
    const next = query.get("continue");
    if (next === "b" && !expired) {
      expired = true;
      answer(response, 410, status(410, "Expired"));
      return;
    }
    const items = [{ metadata: { name: next ?? "a" } }];
    answer(response, 200, { metadata: { resourceVersion: "9", ...(next === null ? { continue: "b" } : {}) }, items });
  });
  const page = await listAll(client, resourceTypes.Namespace, { pageSize: 1, labelSelector: "x in (y)" });
  expect(page).toEqual({
    resourceVersion: "9",
    items: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "b" } },
    ],
  });
  expect(received.map(({ query }) => query.toString())).toEqual([
    "labelSelector=x+in+%28y%29&limit=1",
    "labelSelector=x+in+%28y%29&limit=1&continue=b",
    "labelSelector=x+in+%28y%29&limit=1",
    "labelSelector=x+in+%28y%29&limit=1&continue=b",
  ]);
});

test("pages that expire again and again are a GONE failure", async () => {
  const { client } = await scriptedClient(({ query }, response) => {
    if (query.has("continue")) answer(response, 410, status(410, "Expired"));
    else answer(response, 200, { metadata: { resourceVersion: "9", continue: "b" }, items: null });
  });
  await expect(listAll(client, resourceTypes.Pod)).rejects.toMatchObject({ code: "GONE" });
});

test.each([
  ["not JSON", "<html>"],
  ["not an object", "[1]"],
  ["nothing", ""],
])("an answer that is %s is a PROTOCOL failure", async (_, text) => {
  const { client } = await scriptedClient((__, response) => {
    response.end(text);
  });
  await expect(client.get(pod)).rejects.toMatchObject({ code: "PROTOCOL" });
  await expect(client.list(resourceTypes.Pod)).rejects.toMatchObject({ code: "PROTOCOL" });
});

test("an answer longer than the limit is a PROTOCOL failure", async () => {
  const { client } = await scriptedClient(
    (_, response) => {
      answer(response, 200, { ...podObject, data: "x".repeat(1000) });
    },
    { maxBodyBytes: 500 },
  );
  await expect(client.get(pod)).rejects.toMatchObject({ code: "PROTOCOL" });
});

test("a request that is not answered in time fails, and the next one does not wait on its connection", async () => {
  const { time, clock } = virtualClock();
  const arrived = Promise.withResolvers<undefined>();
  const { client } = await scriptedClient(
    (_, response, count) => {
      if (count === 1) arrived.resolve(undefined);
      else answer(response, 200, podObject);
    },
    { clock, timeoutMs: 1000, connections: 1 },
  );
  const first = client.get(pod);
  first.catch(() => undefined);
  await arrived.promise;
  await time.advance(1000);
  await expect(first).rejects.toMatchObject({ code: "TIMEOUT" });
  await expect(client.get(pod)).resolves.toEqual(podObject);
});

test("credentials that never come do not outlast the deadline", async () => {
  const { time, clock } = virtualClock();
  const client = connect(
    { server: "http://127.0.0.1:9", headers: () => new Promise(() => undefined) },
    { clock, timeoutMs: 1000 },
  );
  const get = client.get(pod);
  get.catch(() => undefined);
  await vi.waitUntil(() => time.pending > 0, patience);
  await time.advance(1000);
  await expect(get).rejects.toMatchObject({ code: "TIMEOUT" });
  await client.close();
});

test("an aborted request ends with the caller's reason", async () => {
  const stop = new AbortController();
  const { client } = await scriptedClient(() => {
    stop.abort(new Error("enough"));
  });
  await expect(client.get(pod, { signal: stop.signal })).rejects.toThrow("enough");
});

test("nobody there is UNREACHABLE", async () => {
  const { url } = await scriptedServer(() => undefined);
  const client = connect({ server: url.replace(/:\d+$/, ":1") });
  await expect(client.get(pod)).rejects.toMatchObject({ code: "UNREACHABLE" });
  await client.close();
});

test("a kind that we don't know is asked for once", async () => {
  const { client, received } = await scriptedClient(({ path }, response) => {
    if (path === "/apis/example.com/v1") {
      answer(response, 200, {
        kind: "APIResourceList",
        resources: [
          { name: "wells/status", kind: "Well", namespaced: true },
          { name: "wells", kind: "Well", namespaced: true },
        ],
      });
    } else answer(response, 404, status(404, "NotFound"));
  });
  const well = { apiVersion: "example.com/v1", kind: "Well", plural: "wells", namespaced: true };
  await expect(client.discover("example.com/v1", "Well")).resolves.toEqual(well);
  await expect(client.discover("example.com/v1", "Well")).resolves.toEqual(well);
  await expect(client.discover("example.com/v1", "Pump")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(client.discover("other.io/v1", "Well")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(received.length).toBe(3);
});

test.each([
  ["ends in the middle of its head", "HTTP/1.1 200 OK\r\nContent-Le", "UNREACHABLE"],
  ["ends in the middle of its body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "UNREACHABLE"],
  ["ends in the middle of a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", "UNREACHABLE"],
  ["is no HTTP", "SSH-2.0-OpenSSH_9.6\r\n", "PROTOCOL"],
])("an answer that %s is a failure, not a bug", async (_, text, code) => {
  const { client } = await scriptedClient((__, response) => {
    response.socket?.end(text);
  });
  await expect(client.get(pod)).rejects.toMatchObject({ name: "OpError", code });
});

test.each([
  ["ends in the middle of a chunk", "5\r\n{"],
  ["ends between chunks", "1\r\n{\r\n"],
])("a stream that %s is UNREACHABLE", async (_, text) => {
  const { client } = await scriptedClient((__, response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}`);
  });
  const { signal } = new AbortController();
  const read = async (): Promise<void> => {
    for await (const chunk of await client.watch(resourceTypes.Pod, {
      resourceVersion: "1",
      timeoutSeconds: 1,
      signal,
    }))
      expect(chunk.length).toBeGreaterThan(0);
  };
  await expect(read()).rejects.toMatchObject({ name: "OpError", code: "UNREACHABLE" });
});
