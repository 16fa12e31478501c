import type { Action, KubeObject } from "@headgate/api";
import { expect, test, vi } from "vitest";
import { actuated, apply, child, contentType, echo } from "./actuated.ts";
import { patience } from "./patience.ts";
import { answer, status } from "./scripted-server.ts";

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
  await vi.waitUntil(() => received.length === 2, patience);
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
  await vi.waitUntil(() => results.length === 1, patience);
  await time.advance(1_000);
  await actions.idle();
  expect(received.map(({ method }) => method)).toEqual(["GET", "PATCH", "GET", "PATCH", "PATCH"]);
});
