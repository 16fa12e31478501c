import { describe, expect, it } from "vitest";
import { type Json, objectsAt } from "../../src/server/json/json.ts";
import { at } from "../../src/server/json/json.ts";
import { configMap, core, pod, startCluster, text } from "./cluster.ts";

const names = (list: Json): string[] => objectsAt(list, "items").map((item) => text(item, "metadata", "name"));

describe("lists", () => {
  it("come in key order, by namespace or over all of them", async () => {
    const cluster = await startCluster();
    await cluster.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
    for (const name of ["b", "a"]) await cluster.create(`${core}/configmaps`, configMap(name));
    await cluster.create("/api/v1/namespaces/other/configmaps", configMap("c"));
    expect(names(await cluster.get(`${core}/configmaps`))).toEqual(["a", "b"]);
    const all = await cluster.get("/api/v1/configmaps");
    expect(names(all)).toEqual(["a", "b", "c"]);
    expect([all["kind"], at(all, "metadata", "resourceVersion")]).toEqual([
      "ConfigMapList",
      String(cluster.storage.revision),
    ]);
  });

  it("are read in pages that show one state, until the token is unknown", async () => {
    const cluster = await startCluster();
    for (const name of ["a", "b", "c"]) await cluster.create(`${core}/configmaps`, configMap(name));
    const first = await cluster.get(`${core}/configmaps?limit=2`);
    await cluster.call("DELETE", `${core}/configmaps/c`);
    const token = text(first, "metadata", "continue");
    const second = await cluster.get(`${core}/configmaps?limit=2&continue=${token}`);
    expect([names(first), names(second)]).toEqual([["a", "b"], ["c"]]);
    expect(at(first, "metadata", "remainingItemCount")).toBe(1);
    expect(at(second, "metadata", "resourceVersion")).toBe(at(first, "metadata", "resourceVersion"));
    const unknown = await cluster.call("GET", `${core}/configmaps?limit=2&continue=${token.slice(0, -4)}`);
    expect([unknown.code, unknown.body["reason"]]).toEqual([410, "Expired"]);
    const nonsense = await cluster.call("GET", `${core}/configmaps?limit=2&continue=abc`);
    expect([nonsense.code, nonsense.body["reason"]]).toEqual([400, "BadRequest"]);
  });

  it.each([
    ["app=a", ["a"]],
    ["app!=a", ["b", "c"]],
    ["app in (a,b)", ["a", "b"]],
    ["app notin (a,b)", ["c"]],
    ["tier", ["b"]],
    ["!tier,app", ["a"]],
  ])("select by labels: %s", async (selector, expected) => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, configMap("a", {}, { app: "a" }));
    await cluster.create(`${core}/configmaps`, configMap("b", {}, { app: "b", tier: "x" }));
    await cluster.create(`${core}/configmaps`, configMap("c"));
    expect(names(await cluster.get(`${core}/configmaps?labelSelector=${encodeURIComponent(selector)}`))).toEqual(
      expected,
    );
  });

  it("select by the fields that a kind offers, and refuse the others", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/pods`, pod("a", { nodeName: "n1" }));
    await cluster.create(`${core}/pods`, pod("b", { nodeName: "n2" }));
    expect(names(await cluster.get("/api/v1/pods?fieldSelector=spec.nodeName%3Dn1"))).toEqual(["a"]);
    expect(names(await cluster.get("/api/v1/pods?fieldSelector=spec.nodeName!%3Dn1,status.phase%3DPending"))).toEqual([
      "b",
    ]);
    expect(names(await cluster.get("/api/v1/pods?fieldSelector=metadata.name%3Db"))).toEqual(["b"]);
    const refused = await cluster.call("GET", "/api/v1/pods?fieldSelector=spec.image%3Dx");
    expect([refused.code, refused.body["message"]]).toEqual([
      400,
      expect.stringContaining("field label not supported: spec.image"),
    ]);
  });

  it("refuse a revision that isn't there yet", async () => {
    const cluster = await startCluster();
    const answer = await cluster.call(
      "GET",
      `${core}/pods?resourceVersion=${cluster.storage.revision + 1}&resourceVersionMatch=NotOlderThan`,
    );
    expect([answer.code, answer.body["message"]]).toEqual([504, expect.stringContaining("Too large resource version")]);
  });
});

describe("watches", () => {
  it("tell every change after a revision, in order", async () => {
    const cluster = await startCluster();
    const list = await cluster.get(`${core}/configmaps`);
    await cluster.create(`${core}/configmaps`, configMap("a"));
    const watch = await cluster.watch(
      `${core}/configmaps?watch=true&resourceVersion=${text(list, "metadata", "resourceVersion")}`,
    );
    await cluster.patch(`${core}/configmaps/a`, { data: { x: "1" } });
    await cluster.call("DELETE", `${core}/configmaps/a`);
    const events = [await watch.next(), await watch.next(), await watch.next()];
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
    const revisions = events.map(({ object }) => Number(text(object, "metadata", "resourceVersion")));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect(revisions.at(-1)).toBe(cluster.storage.revision);
    watch.stop();
  });

  it("begin with what there is when no revision is given", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, configMap("a"));
    const watch = await cluster.watch(`${core}/configmaps?watch=true`);
    const first = await watch.next();
    expect([first.type, text(first.object, "metadata", "name"), first.object["kind"]]).toEqual([
      "ADDED",
      "a",
      "ConfigMap",
    ]);
    watch.stop();
  });

  it("show an object that enters or leaves a selection as added or deleted", async () => {
    const cluster = await startCluster();
    const watch = await cluster.watch(`${core}/configmaps?watch=true&labelSelector=app%3Da`);
    await cluster.create(`${core}/configmaps`, configMap("a"));
    await cluster.patch(`${core}/configmaps/a`, { metadata: { labels: { app: "a" } } });
    await cluster.patch(`${core}/configmaps/a`, { data: { x: "1" } });
    await cluster.patch(`${core}/configmaps/a`, { metadata: { labels: null } });
    await cluster.call("DELETE", `${core}/configmaps/a`);
    const events = [await watch.next(), await watch.next(), await watch.next()];
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
    expect(at(events[2]!.object, "metadata", "labels")).toEqual({ app: "a" });
    watch.stop();
  });

  it("end with 410 when the history no longer reaches back", async () => {
    const cluster = await startCluster({ history: 2 });
    const made = await cluster.create(`${core}/configmaps`, configMap("a"));
    for (let count = 0; count < 9; count += 1)
      await cluster.patch(`${core}/configmaps/a`, { data: { x: String(count) } });
    const watch = await cluster.watch(
      `${core}/configmaps?watch=true&resourceVersion=${text(made, "metadata", "resourceVersion")}`,
    );
    const event = await watch.next();
    expect([event.type, event.object["code"], event.object["reason"]]).toEqual(["ERROR", 410, "Expired"]);
    await watch.ended();
  });

  it("end with 410 when the revision is of another server's storage, be it an earlier one or one that was further on", async () => {
    const cluster = await startCluster();
    for (const revision of [1, cluster.storage.revision + 1000]) {
      const answer = await fetch(`${cluster.url}/api/v1/configmaps?watch=true&resourceVersion=${revision}`);
      const event = JSON.parse(await answer.text()) as { object: { code: number } };
      expect(event.object.code).toBe(410);
    }
  });

  it("end with 410 after a compaction, and go on from a revision that is new enough", async () => {
    const cluster = await startCluster();
    const made = await cluster.create(`${core}/configmaps`, configMap("a"));
    await cluster.create(`${core}/configmaps`, configMap("b"));
    cluster.storage.compact();
    const old = await cluster.watch(
      `${core}/configmaps?watch=true&resourceVersion=${text(made, "metadata", "resourceVersion")}`,
    );
    expect((await old.next()).object["code"]).toBe(410);
    const fresh = await cluster.watch(`${core}/configmaps?watch=true&resourceVersion=${cluster.storage.revision}`);
    await cluster.create(`${core}/configmaps`, configMap("c"));
    expect(text((await fresh.next()).object, "metadata", "name")).toBe("c");
    fresh.stop();
  });

  it("resume over a restart of the server", async () => {
    const first = await startCluster();
    const made = await first.create(`${core}/configmaps`, configMap("a"));
    const watch = await first.watch(
      `${core}/configmaps?watch=true&resourceVersion=${text(made, "metadata", "resourceVersion")}`,
    );
    await first.create(`${core}/configmaps`, configMap("b"));
    expect(text((await watch.next()).object, "metadata", "name")).toBe("b");
    await first.close();
    await expect(watch.ended()).rejects.toThrow();
    const second = await startCluster({ storage: first.storage });
    const again = await second.watch(
      `${core}/configmaps?watch=true&resourceVersion=${text(made, "metadata", "resourceVersion")}`,
    );
    expect(text((await again.next()).object, "metadata", "name")).toBe("b");
    again.stop();
  });

  it("send bookmarks to those who allow them", async () => {
    const cluster = await startCluster({ bookmarkIntervalMs: 10 });
    const watch = await cluster.watch(
      `${core}/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=${cluster.storage.revision}`,
    );
    await cluster.create(`${core}/secrets`, { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } });
    const revision = cluster.storage.revision;
    for (;;) {
      const { type, object } = await watch.next();
      expect([type, object["kind"]]).toEqual(["BOOKMARK", "ConfigMap"]);
      if (text(object, "metadata", "resourceVersion") === String(revision)) break;
    }
    watch.stop();
  });

  it("refuse to stream the initial state in the newer way", async () => {
    const cluster = await startCluster();
    const answer = await cluster.call(
      "GET",
      `${core}/configmaps?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
    );
    expect([answer.code, answer.body["message"]]).toEqual([501, "this server doesn't support sendInitialEvents"]);
  });

  it("end after timeoutSeconds", async () => {
    const cluster = await startCluster();
    const watch = await cluster.watch(`${core}/configmaps?watch=true&timeoutSeconds=1`);
    await watch.ended();
  });
});
