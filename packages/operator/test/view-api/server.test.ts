import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { connect, reflect, systemClock } from "@headgate/kube";
import { randomFrom } from "@headgate/testkit";
import { expect, onTestFinished, test, vi } from "vitest";

import { limits, serving } from "./serving.ts";
import { configMap, group, shopping, viewStage } from "./stage.ts";

const patience = { timeout: 10_000, interval: 10 };
const base = `/apis/${group}/v1alpha1`;
const shops = `${base}/namespaces/default/shop`;
const names = (body: unknown): readonly string[] =>
  (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);

test("who bears no token, or one that the cluster doesn't know, is told nothing", async () => {
  const { ask, warnings } = await serving(viewStage());
  for (const path of ["/", "/apis", "/openapi/v3", "/version", "/healthz", shops, "/nothing"]) {
    for (const token of [null, "nobody", "a.b.c"]) {
      const { code, headers, body } = await ask(path, { token });
      expect([code, body["reason"], headers["www-authenticate"]]).toEqual([401, "Unauthorized", "Bearer"]);
    }
  }
  const basic = { authorization: `Basic ${Buffer.from("admin:admin").toString("base64")}` };
  expect((await ask(shops, { token: null, headers: basic })).code).toBe(401);
  expect(warnings).toEqual([]);
});

test("roles say what is answered: of a namespace, of a name, of everything", async () => {
  const stage = viewStage();
  stage.put(configMap("one"));
  const { ask, reader, stranger } = await serving(stage);
  expect((await ask(shops)).code).toBe(200);
  expect((await ask(`${shops}/one`)).code).toBe(200);
  expect((await ask(`${base}/shop`, { token: reader })).code).toBe(200);
  for (const [path, token] of [
    [`${base}/shop`, undefined],
    [`${base}/namespaces/other/shop`, undefined],
    [shops, stranger],
    [`${shops}?watch=1`, stranger],
    // What there is, is not told either.
    [`${base}/namespaces/default/nothing`, stranger],
  ] as const) {
    const { code, body } = await ask(path, { ...(token && { token }) });
    expect([path, code, body["reason"]]).toEqual([path, 403, "Forbidden"]);
  }
  const disguised = await ask(shops, { headers: { "impersonate-user": "system:admin" } });
  expect([disguised.code, disguised.body["message"]]).toEqual([403, expect.stringContaining("impersonation")]);
});

test.each([
  ["nothing of that name", `${shops}/two`, 404, /"two" not found/],
  ["a kind that is none", `${base}/namespaces/default/nothing`, 404, /could not find/],
  ["a version that is none", `/apis/${group}/v1/namespaces/default/shop`, 404, /could not find/],
  ["a subresource", `${shops}/one/status`, 404, /could not find/],
  ["another path", "/api/v1/namespaces/default", 501, /nothing but views/],
  ["an encoding that is none", `${shops}/%E0%A4%A`, 400, /not well encoded/],
  ["a label selector that is none", `${shops}?labelSelector=a%20b`, 400, /not a label selector/],
  ["a field that nobody knows", `${shops}?fieldSelector=spec.a%3D1`, 400, /not supported: "spec.a"/],
  ["a version that is no number", `${shops}?watch=1&resourceVersion=x`, 400, /resourceVersion/],
  ["a version of the future", `${shops}?watch=1&resourceVersion=9999999999999999999`, 410, /list again/],
  ["a version of the past", `${shops}?watch=1&resourceVersion=7`, 410, /list again/],
  ["a limit that is none", `${shops}?limit=-1`, 400, /limit/],
  ["a page that is none", `${shops}?continue=eyJ9`, 400, /continue/],
  ["a form that is none", `${shops}?includeObject=All`, 400, /includeObject/],
])("%s is answered with a Status that says so", async (_what, path, code, message) => {
  const { ask } = await serving(viewStage());
  const reply = await ask(path);
  expect(reply.body).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", code });
  expect([reply.code, reply.body["message"]]).toEqual([code, expect.stringMatching(message)]);
});

test("a media type that there is not is refused, and a browser's is not", async () => {
  const { ask } = await serving(viewStage());
  expect((await ask(shops, { headers: { accept: "application/yaml" } })).code).toBe(406);
  expect((await ask(shops, { headers: { accept: "text/html,*/*;q=0.8" } })).code).toBe(200);
});

test("a body without end is not read", async () => {
  const { ask } = await serving(viewStage());
  const { code, body } = await ask(shops, { method: "POST", body: "x".repeat(2 ** 20 + 1) });
  expect([code, body["reason"]]).toEqual([413, "RequestEntityTooLarge"]);
});

test("nothing is written, whatever the method", async () => {
  const { ask } = await serving(viewStage());
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const { code, body } = await ask(shops, { method });
    expect([code, body["reason"]]).toEqual([405, "MethodNotAllowed"]);
    expect(body["message"]).toContain("views are read-only");
  }
});

test("a view that is not complete says what it waits for, and one that is not read yet says so too", async () => {
  const waiting = vi.fn<(id: string) => readonly string[]>(() => ["source core/v1/ConfigMap"]);
  const { ask } = await serving(viewStage(), { waiting });
  const { code, body, headers } = await ask(shops);
  expect([code, headers["retry-after"]]).toEqual([503, "1"]);
  expect(body["message"]).toBe("the view Shop is not complete yet: it waits for source core/v1/ConfigMap");
  expect(waiting).toHaveBeenCalledWith("shopping/shops");
});

test("when the API server can't be asked, only who was let in within ten seconds still is", async () => {
  let now = 0;
  const { ask, stranger, stopApiServer, warnings } = await serving(viewStage(), { elapsed: () => now });
  expect((await ask(shops)).code).toBe(200);
  await stopApiServer();
  now = 9_999;
  expect((await ask(shops)).code).toBe(200);
  const { code, body } = await ask(shops, { token: stranger });
  expect([code, body["reason"]]).toEqual([503, "ServiceUnavailable"]);
  expect(body["message"]).toContain("the API server could not be asked who sends it");
  expect((await ask(`${shops}/new`)).code).toBe(503);
  now = 10_000;
  expect((await ask(shops)).code).toBe(503);
  expect(warnings.length).toBeGreaterThan(0);
});

test("pages of a list tell of one moment, whatever happens meanwhile", async () => {
  const stage = viewStage();
  for (const name of ["a", "b", "c", "d", "e"]) stage.put(configMap(name));
  const { ask } = await serving(stage);
  const first = await ask(`${shops}?limit=2`);
  const { metadata } = first.body as { metadata: { continue: string; remainingItemCount: number } };
  expect([names(first.body), metadata.remainingItemCount]).toEqual([["a", "b"], 3]);
  stage.remove(configMap("c"));
  stage.put(configMap("bb"));
  const second = await ask(`${shops}?limit=2&continue=${metadata.continue}`);
  expect(names(second.body)).toEqual(["c", "d"]);
  expect(names((await ask(shops)).body)).toEqual(["a", "b", "bb", "d", "e"]);
});

test("our own client reads views as it reads anything else, and follows them", async () => {
  const stage = viewStage();
  stage.put(configMap("one"));
  const { server, ca, viewer } = await serving(stage);
  const client = connect({ server, ca, headers: () => Promise.resolve({ authorization: `Bearer ${viewer}` }) });
  const seen = new Map<string, unknown>();
  const type = await client.discover(`${group}/v1alpha1`, "Shop");
  const following = reflect(
    client,
    { type, namespace: "default" },
    {
      replace: (objects) => {
        seen.clear();
        for (const { metadata, spec } of objects) seen.set(metadata.name, spec);
      },
      upsert: ({ metadata, spec }) => seen.set(metadata.name, spec),
      remove: ({ metadata }) => seen.delete(metadata.name),
    },
    { clock: systemClock, onError: () => undefined },
  );
  const abort = new AbortController();
  const done = following.run(abort.signal);
  onTestFinished(async () => {
    abort.abort();
    await done;
    await client.close();
  });
  const holds = (rows: object): Promise<void> =>
    vi.waitFor(() => {
      expect(Object.fromEntries(seen)).toEqual(rows);
    }, patience);
  await holds({ one: {} });
  stage.put(configMap("two", { a: "1" }));
  stage.put(configMap("one", { b: "2" }));
  await holds({ one: { b: "2" }, two: { a: "1" } });
  stage.remove(configMap("one"));
  await holds({ two: { a: "1" } });
  // Another Operator of that name: the view is emptied, ends, and comes again.
  stage.run([]);
  stage.run([shopping]);
  stage.put(configMap("three"));
  await holds({ three: {} });
});

test("watches have a limit for each user and for all, and give their place back", async () => {
  const stage = viewStage();
  stage.put(configMap("one"));
  const { ask, open, reader } = await serving(stage);
  const watch = `${shops}?watch=1`;
  const mine = await Promise.all(Array.from({ length: limits.watchesOfOne }, () => open(watch)));
  await vi.waitFor(() => {
    for (const one of mine) expect(one.lines()).toHaveLength(1);
  }, patience);
  const refused = await ask(watch);
  expect([refused.code, refused.body["message"]]).toEqual([429, expect.stringContaining("3 of one user")]);
  const other = await open(watch, reader);
  await vi.waitFor(() => {
    expect(other.lines()).toHaveLength(1);
  }, patience);
  const full = await ask(watch, { token: reader });
  expect([full.code, full.body["message"]]).toEqual([429, expect.stringContaining("4 in all")]);
  mine[0]?.end();
  await vi.waitFor(async () => {
    expect((await ask(`${watch}&timeoutSeconds=1`)).code).toBe(200);
  }, patience);
});

test("a watch that is asked to tell all first marks where that ends, and one that ends says so by its end", async () => {
  const stage = viewStage();
  stage.put(configMap("one"));
  const { open } = await serving(stage);
  const query =
    "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";
  const watch = await open(`${shops}?${query}`);
  await vi.waitFor(() => {
    expect(watch.ended()).toBe(true);
  }, patience);
  expect(watch.lines().map(({ type, object }) => [type, object.metadata["annotations"]])).toEqual([
    ["ADDED", undefined],
    ["BOOKMARK", { "k8s.io/initial-events-end": "true" }],
  ]);
});

test("a client that takes nothing is left behind, and holds up nobody", async () => {
  const stage = viewStage([shopping], 10);
  for (let index = 0; index < 40; index += 1) stage.put(configMap(`big-${String(index)}`, { a: "x".repeat(500_000) }));
  const { server, ca, viewer, ask, open } = await serving(stage);
  const socket = connectTls({ host: "127.0.0.1", port: Number(new URL(server).port), ca });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined).pause();
  socket.write(`GET ${shops}?watch=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${viewer}\r\n\r\n`);
  for (let index = 0; index < 100; index += 1) stage.put(configMap("small", { a: String(index) }));
  expect((await ask(`${shops}/small`)).code).toBe(200);
  // What it did not take within a second ends it, and its place is free.
  await vi.waitFor(async () => {
    const path = `${shops}?watch=1&fieldSelector=metadata.name=none`;
    const watches = await Promise.all(Array.from({ length: limits.watchesOfOne }, () => open(path)));
    for (const one of watches) one.end();
    expect(watches.map(({ code }) => code)).toEqual(watches.map(() => 200));
  }, patience);
});

test("whatever a known user sends, the answer is JSON or the connection ends, and nothing breaks", async () => {
  const seed = Number(process.env["HEADGATE_SEED"] ?? 1);
  const random = randomFrom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const pieces = [
    "apis",
    group,
    "v1alpha1",
    "namespaces",
    "default",
    "shop",
    "one",
    "..",
    "%2F",
    "%00",
    "openapi",
    "v3",
    "api",
    "version",
    "__proto__",
    "constructor",
    "",
    "watch",
  ];
  const names_ = [
    "watch",
    "resourceVersion",
    "limit",
    "continue",
    "labelSelector",
    "fieldSelector",
    "timeoutSeconds",
    "sendInitialEvents",
    "includeObject",
    "__proto__",
  ];
  const values = [
    "1",
    "0",
    "-1",
    "true",
    "a=b",
    "a in (b",
    "!a",
    "=",
    ",",
    "metadata.name=one",
    "9".repeat(30),
    "%",
    "e30",
    "\u0000",
    "None",
  ];
  const accepts = [
    "application/json",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    ";;;,,=",
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    "*/*;q=x",
  ];
  const stage = viewStage();
  stage.put(configMap("one", { a: "1" }, { labels: { a: "b" } }));
  const { ask, bugs, reader } = await serving(stage);
  for (let round = 0; round < 300; round += 1) {
    const path = `/${Array.from({ length: Math.floor(random() * 8) }, () => pick(pieces)).join("/")}`;
    const query = Array.from(
      { length: Math.floor(random() * 4) },
      () => `${pick(names_)}=${encodeURIComponent(pick(values))}`,
    );
    const url = `${path}?${[...query, "timeoutSeconds=1", "timeoutSeconds=1"].join("&")}`;
    const isWatch = /[?&]watch=(1|true)/.test(url) && path.includes("shop");
    if (isWatch) continue;
    const { code } = await ask(url, { token: reader, headers: { accept: pick(accepts) } });
    expect([200, 400, 403, 404, 406, 410, 501], `HEADGATE_SEED=${String(seed)} ${url}`).toContain(code);
  }
  expect(bugs).toEqual([]);
});

test("what does not speak TLS, or sends a head without end, is cut off", async () => {
  const { server, ca, ask } = await serving(viewStage());
  const port = Number(new URL(server).port);
  const plain = connectTcp({ host: "127.0.0.1", port });
  onTestFinished(() => void plain.destroy());
  const cut = new Promise((resolve) => plain.on("error", () => undefined).on("close", resolve));
  plain.resume().write("GET / HTTP/1.1\r\n\r\n");
  await cut;
  await expect(ask(shops, { headers: { long: "x".repeat(20_000) } }).then(({ code }) => code)).rejects.toThrow();
  expect(ca).toContain("CERTIFICATE");
  expect((await ask(shops)).code).toBe(200);
});
