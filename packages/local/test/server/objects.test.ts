import { describe, expect, it } from "vitest";
import { at } from "../../src/server/json/json.ts";
import { apps, configMap, core, deployment, pod, startCluster, text } from "./cluster.ts";

describe("writing objects", () => {
  it("gives a new object its uid, its creation time and the next resourceVersion", async () => {
    const cluster = await startCluster();
    const first = await cluster.create(`${core}/configmaps`, configMap("a", { x: "1" }));
    const second = await cluster.create(`${core}/configmaps`, configMap("b"));
    expect(text(first, "metadata", "uid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(text(first, "metadata", "creationTimestamp")).toMatch(/^\d{4}-.*:\d\dZ$/);
    expect(Number(text(second, "metadata", "resourceVersion"))).toBe(
      Number(text(first, "metadata", "resourceVersion")) + 1,
    );
    expect(await cluster.get(`${core}/configmaps/a`)).toEqual(first);
  });

  it("makes names from generateName", async () => {
    const cluster = await startCluster();
    const made = await cluster.create(`${core}/configmaps`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { generateName: "cm-" },
    });
    expect(text(made, "metadata", "name")).toMatch(/^cm-[a-z0-9]{5}$/);
  });

  it("refuses a second object of the name, a missing namespace, and a name that isn't one", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, configMap("a"));
    const again = await cluster.call("POST", `${core}/configmaps`, { body: configMap("a") });
    expect([again.code, again.body["reason"], again.body["message"]]).toEqual([
      409,
      "AlreadyExists",
      `configmaps "a" already exists`,
    ]);
    const nowhere = await cluster.call("POST", "/api/v1/namespaces/nope/configmaps", { body: configMap("a") });
    expect([nowhere.code, nowhere.body["message"]]).toEqual([404, `namespaces "nope" not found`]);
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "a.b" }, spec: { ports: [{ port: 80 }] } };
    const unnamed = await cluster.call("POST", `${core}/services`, { body: service });
    expect([unnamed.code, unnamed.body["reason"]]).toEqual([422, "Invalid"]);
    expect(unnamed.body["message"]).toMatch(
      /^Service "a.b" is invalid: metadata.name: Invalid value: "a.b": a lowercase RFC 1123 label must match/,
    );
  });

  it("refuses a write that is based on an old resourceVersion", async () => {
    const cluster = await startCluster();
    const first = await cluster.create(`${core}/configmaps`, configMap("a", { x: "1" }));
    const replaced = await cluster.call("PUT", `${core}/configmaps/a`, { body: { ...first, data: { x: "2" } } });
    expect(replaced.code).toBe(200);
    const late = await cluster.call("PUT", `${core}/configmaps/a`, { body: { ...first, data: { x: "3" } } });
    expect([late.code, late.body["reason"], late.body["message"]]).toEqual([
      409,
      "Conflict",
      `Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again`,
    ]);
    const patched = await cluster.patch(`${core}/configmaps/a`, {
      metadata: { resourceVersion: at(first, "metadata", "resourceVersion") },
      data: { x: "4" },
    });
    expect(patched.code).toBe(409);
  });

  it("writes nothing when an update changes nothing", async () => {
    const cluster = await startCluster();
    const first = await cluster.create(`${core}/configmaps`, configMap("a", { x: "1" }));
    const before = cluster.storage.revision;
    const same = await cluster.call("PUT", `${core}/configmaps/a`, { body: first });
    const patched = await cluster.patch(`${core}/configmaps/a`, { data: { x: "1" } });
    expect([same.body, patched.body]).toEqual([first, first]);
    expect(cluster.storage.revision).toBe(before);
  });

  it("counts generations by changes of the spec alone", async () => {
    const cluster = await startCluster();
    await cluster.create(`${apps}/deployments`, deployment("a"));
    const generation = async (): Promise<unknown> =>
      at(await cluster.get(`${apps}/deployments/a`), "metadata", "generation");
    expect(await generation()).toBe(1);
    await cluster.patch(`${apps}/deployments/a`, { metadata: { labels: { x: "y" } } });
    await cluster.patch(`${apps}/deployments/a/status`, { status: { replicas: 1 } });
    expect(await generation()).toBe(1);
    await cluster.patch(`${apps}/deployments/a`, { spec: { replicas: 3 } });
    expect(await generation()).toBe(2);
  });

  it("keeps spec and status apart", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/pods`, { ...pod("a"), status: { phase: "Running" } });
    expect(text(await cluster.get(`${core}/pods/a`), "status", "phase")).toBe("Pending");
    await cluster.patch(`${core}/pods/a`, { metadata: { labels: { x: "y" } }, status: { phase: "Failed" } });
    expect(text(await cluster.get(`${core}/pods/a`), "status", "phase")).toBe("Pending");
    await cluster.patch(`${core}/pods/a/status`, {
      metadata: { labels: { x: "z" } },
      spec: { nodeName: "n" },
      status: { phase: "Running" },
    });
    const after = await cluster.get(`${core}/pods/a`);
    expect([at(after, "status", "phase"), at(after, "metadata", "labels", "x"), at(after, "spec", "nodeName")]).toEqual(
      ["Running", "z", undefined],
    );
  });

  it("does everything but store in a dry run", async () => {
    const cluster = await startCluster();
    const dry = await cluster.create(`${core}/configmaps?dryRun=All`, configMap("a"));
    expect(text(dry, "metadata", "name")).toBe("a");
    expect((await cluster.call("GET", `${core}/configmaps/a`)).code).toBe(404);
    await cluster.create(`${core}/configmaps`, configMap("a"));
    const before = cluster.storage.revision;
    await cluster.call("PATCH", `${core}/configmaps/a?dryRun=All`, {
      body: { data: { x: "1" } },
      type: "application/merge-patch+json",
    });
    await cluster.call("DELETE", `${core}/configmaps/a?dryRun=All`);
    expect(cluster.storage.revision).toBe(before);
  });

  it("continues on the same storage after a restart", async () => {
    const first = await startCluster();
    await first.create(`${core}/configmaps`, configMap("a", { x: "1" }));
    const revision = first.storage.revision;
    await first.close();
    const second = await startCluster({ storage: first.storage });
    expect(at(await second.get(`${core}/configmaps/a`), "data", "x")).toBe("1");
    expect(second.storage.revision).toBe(revision);
  });
});
