import { describe, expect, it } from "vitest";
import { at, objectsAt } from "../../src/server/json/json.ts";
import { apps, configMap, core, deployment, pod, startCluster, text } from "./cluster.ts";

describe("deleting", () => {
  it("removes at once what nothing keeps, and says what it was", async () => {
    const cluster = await startCluster();
    const made = await cluster.create(`${core}/configmaps`, configMap("a"));
    const { body } = await cluster.call("DELETE", `${core}/configmaps/a`);
    expect([body["kind"], body["status"], body["details"]]).toEqual([
      "Status",
      "Success",
      { name: "a", kind: "configmaps", uid: at(made, "metadata", "uid") },
    ]);
    expect((await cluster.call("DELETE", `${core}/configmaps/a`)).code).toBe(404);
  });

  it("waits for finalizers, and goes with the last one", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", finalizers: ["x/y"] },
    });
    const marked = (await cluster.call("DELETE", `${core}/configmaps/a`)).body;
    expect(at(marked, "metadata", "deletionTimestamp")).toBeTypeOf("string");
    const added = await cluster.patch(`${core}/configmaps/a`, { metadata: { finalizers: ["x/y", "x/z"] } });
    expect([added.code, added.body["message"]]).toEqual([
      422,
      expect.stringContaining("no new finalizers can be added if the object is being deleted"),
    ]);
    const watch = await cluster.watch(`${core}/configmaps?watch=true&resourceVersion=${cluster.storage.revision}`);
    await cluster.patch(`${core}/configmaps/a`, { metadata: { finalizers: null } });
    const event = await watch.next();
    expect([event.type, at(event.object, "metadata", "finalizers")]).toEqual(["DELETED", undefined]);
    watch.stop();
    expect((await cluster.call("GET", `${core}/configmaps/a`)).code).toBe(404);
  });

  it.each([
    ["Foreground", ["foregroundDeletion"]],
    ["Orphan", ["orphan"]],
  ])("leaves a finalizer for the garbage collector: %s", async (propagationPolicy, finalizers) => {
    const cluster = await startCluster();
    await cluster.create(`${apps}/deployments`, deployment("a"));
    const { body } = await cluster.call("DELETE", `${apps}/deployments/a`, {
      body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy },
    });
    expect([at(body, "metadata", "finalizers"), at(body, "metadata", "generation")]).toEqual([finalizers, 2]);
  });

  it("checks the preconditions", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, configMap("a"));
    for (const preconditions of [{ uid: "other" }, { resourceVersion: "1" }]) {
      const answer = await cluster.call("DELETE", `${core}/configmaps/a`, { body: { preconditions } });
      expect([answer.code, answer.body["message"]]).toEqual([409, expect.stringContaining("Precondition failed")]);
    }
  });

  it("deletes a whole selection", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, configMap("a", {}, { app: "x" }));
    await cluster.create(`${core}/configmaps`, configMap("b"));
    const { body } = await cluster.call("DELETE", `${core}/configmaps?labelSelector=app%3Dx`);
    expect(objectsAt(body, "items")).toHaveLength(1);
    expect(
      objectsAt(await cluster.get(`${core}/configmaps`), "items").map((item) => text(item, "metadata", "name")),
    ).toEqual(["b"]);
  });
});

describe("deleting a pod", () => {
  it("removes one that no node has", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/pods`, pod("a"));
    await cluster.call("DELETE", `${core}/pods/a`);
    expect((await cluster.call("GET", `${core}/pods/a`)).code).toBe(404);
  });

  it("gives one on a node its grace period, which may only get shorter", async () => {
    const cluster = await startCluster({ now: () => 1_000_000 });
    await cluster.create(`${core}/pods`, pod("a", { nodeName: "n", terminationGracePeriodSeconds: 20 }));
    const marked = (await cluster.call("DELETE", `${core}/pods/a`)).body;
    expect([at(marked, "metadata", "deletionTimestamp"), at(marked, "metadata", "deletionGracePeriodSeconds")]).toEqual(
      ["1970-01-01T00:17:00Z", 20],
    );
    const longer = (await cluster.call("DELETE", `${core}/pods/a?gracePeriodSeconds=60`)).body;
    expect(longer).toEqual(marked);
    const shorter = (await cluster.call("DELETE", `${core}/pods/a?gracePeriodSeconds=5`)).body;
    expect(at(shorter, "metadata", "deletionGracePeriodSeconds")).toBe(5);
    await cluster.call("DELETE", `${core}/pods/a?gracePeriodSeconds=0`);
    expect((await cluster.call("GET", `${core}/pods/a`)).code).toBe(404);
  });

  it("refuses evictions", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/pods`, pod("a", { nodeName: "n" }));
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "a" } };
    expect((await cluster.call("POST", `${core}/pods/a/eviction`, { body: eviction })).code).toBe(501);
  });
});

describe("deleting a namespace", () => {
  it("waits for its finalizer and takes nothing new meanwhile", async () => {
    const cluster = await startCluster();
    const created = await cluster.create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "n" },
    });
    expect([at(created, "spec", "finalizers"), at(created, "metadata", "labels")]).toEqual([
      ["kubernetes"],
      { "kubernetes.io/metadata.name": "n" },
    ]);
    const marked = (await cluster.call("DELETE", "/api/v1/namespaces/n")).body;
    expect(text(marked, "status", "phase")).toBe("Terminating");
    const late = await cluster.call("POST", "/api/v1/namespaces/n/configmaps", { body: configMap("a") });
    expect([late.code, late.body["message"]]).toEqual([
      403,
      `configmaps "a" is forbidden: unable to create new content in namespace n because it is being terminated`,
    ]);
    const finalized = await cluster.call("PUT", "/api/v1/namespaces/n/finalize", { body: { ...marked, spec: {} } });
    expect(finalized.code).toBe(200);
    expect((await cluster.call("GET", "/api/v1/namespaces/n")).code).toBe(404);
  });
});
