import { describe, expect, it } from "vitest";
import { at, objectsAt } from "../../src/server/json/json.ts";
import { apps, configMap, core, deployment, startCluster } from "./cluster.ts";

const containers = ["spec", "template", "spec", "containers"];

describe("patches", () => {
  it("merge", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, configMap("a", { x: "1", y: "2" }));
    const { body } = await cluster.patch(`${core}/configmaps/a`, { data: { x: null, z: "3" } });
    expect(body["data"]).toEqual({ y: "2", z: "3" });
  });

  it("JSON, whose failed test is a 422", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, configMap("a", { x: "1" }));
    const good = [
      { op: "test", path: "/data/x", value: "1" },
      { op: "add", path: "/data/y", value: "2" },
    ];
    expect((await cluster.patch(`${core}/configmaps/a`, good, "json-patch+json")).body["data"]).toEqual({
      x: "1",
      y: "2",
    });
    const bad = [{ op: "test", path: "/data/x", value: "9" }];
    expect((await cluster.patch(`${core}/configmaps/a`, bad, "json-patch+json")).code).toBe(422);
  });

  it("strategic: lists of built-in kinds merge by their keys", async () => {
    const cluster = await startCluster();
    await cluster.create(`${apps}/deployments`, deployment("a"));
    const patch = (spec: unknown) =>
      cluster.patch(`${apps}/deployments/a`, { spec: { template: { spec } } }, "strategic-merge-patch+json");
    await patch({
      containers: [
        { name: "app", env: [{ name: "A", value: "1" }] },
        { name: "side", image: "side:1" },
      ],
    });
    const merged = (await patch({ containers: [{ name: "app", env: [{ name: "B", value: "2" }] }] })).body;
    expect(objectsAt(merged, ...containers).map(({ name, image }) => [name, image])).toEqual([
      ["app", "app:1"],
      ["side", "side:1"],
    ]);
    expect(at(objectsAt(merged, ...containers)[0], "env")).toEqual([
      { name: "B", value: "2" },
      { name: "A", value: "1" },
    ]);
    const ordered = (await patch({ "$setElementOrder/containers": [{ name: "side" }, { name: "app" }] })).body;
    expect(objectsAt(ordered, ...containers).map(({ name }) => name)).toEqual(["side", "app"]);
    const cut = (
      await patch({
        containers: [
          { name: "side", $patch: "delete" },
          { name: "app", ports: [{ $patch: "replace" }, { containerPort: 81 }] },
        ],
      })
    ).body;
    expect(objectsAt(cut, ...containers).map(({ name, ports }) => [name, ports])).toEqual([
      ["app", [{ containerPort: 81, protocol: "TCP" }]],
    ]);
  });

  it("strategic: $retainKeys and $deleteFromPrimitiveList", async () => {
    const cluster = await startCluster();
    await cluster.create(`${apps}/deployments`, {
      ...deployment("a"),
      metadata: { name: "a", finalizers: ["x/a", "x/b"] },
    });
    const patch = {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["x/a"] },
      spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } },
    };
    const { body } = await cluster.patch(`${apps}/deployments/a`, patch, "strategic-merge-patch+json");
    expect([at(body, "metadata", "finalizers"), at(body, "spec", "strategy")]).toEqual([["x/b"], { type: "Recreate" }]);
  });

  it("are refused in a format that the server doesn't know", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps`, configMap("a"));
    expect((await cluster.patch(`${core}/configmaps/a`, {}, "json")).code).toBe(415);
    expect((await cluster.patch(`${core}/configmaps/nope`, {})).code).toBe(404);
  });
});
