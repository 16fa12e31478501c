import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, type JsonObject, objectsAt } from "../../src/server/json/json.ts";
import { apps, core, deployment, startCluster, text } from "./cluster.ts";

const managers = (object: JsonObject): string[] =>
  objectsAt(object, "metadata", "managedFields").map(
    (entry) => `${text(entry, "manager")}/${text(entry, "operation")}`,
  );
const config = (data: Record<string, string>): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a" },
  data,
});
const path = `${core}/configmaps/a`;

describe("server-side apply", () => {
  it("creates, then writes nothing when nothing differs", async () => {
    const cluster = await startCluster();
    const created = await cluster.apply(path, config({ x: "1" }), "one");
    expect([created.code, managers(created.body)]).toEqual([201, ["one/Apply"]]);
    const before = cluster.storage.revision;
    const again = await cluster.apply(path, config({ x: "1" }), "one");
    expect([again.code, again.body]).toEqual([200, created.body]);
    expect(cluster.storage.revision).toBe(before);
  });

  it("takes YAML, as kubectl sends it", async () => {
    const cluster = await startCluster();
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "1"\n';
    expect((await cluster.apply(path, yaml, "one")).body["data"]).toEqual({ x: "1" });
  });

  it("removes what a manager no longer applies, unless another owns it", async () => {
    const cluster = await startCluster();
    await cluster.apply(path, config({ x: "1", y: "1", z: "1" }), "one");
    await cluster.apply(path, config({ y: "1" }), "two");
    const { body } = await cluster.apply(path, config({ z: "1" }), "one");
    expect(body["data"]).toEqual({ y: "1", z: "1" });
  });

  it("refuses to change another manager's field and names it", async () => {
    const cluster = await startCluster();
    await cluster.apply(path, config({ x: "1", y: "1" }), "one");
    const single = await cluster.apply(path, config({ x: "2" }), "two");
    expect([single.code, single.body["reason"], single.body["message"]]).toEqual([
      409,
      "Conflict",
      `Apply failed with 1 conflict: conflict with "one": .data.x`,
    ]);
    expect(at(single.body, "details", "causes")).toEqual([
      { reason: "FieldManagerConflict", message: `conflict with "one"`, field: ".data.x" },
    ]);
    const double = await cluster.apply(path, config({ x: "2", y: "2" }), "two");
    expect(double.body["message"]).toBe(`Apply failed with 2 conflicts: conflicts with "one":\n- .data.x\n- .data.y`);
  });

  it("takes the fields over by force", async () => {
    const cluster = await startCluster();
    await cluster.apply(path, config({ x: "1", y: "1" }), "one");
    const { body } = await cluster.apply(path, config({ x: "2" }), "two", true);
    expect(body["data"]).toEqual({ x: "2", y: "1" });
    const [one, two] = objectsAt(body, "metadata", "managedFields");
    expect([at(one, "fieldsV1", "f:data"), at(two, "fieldsV1", "f:data")]).toEqual([{ "f:y": {} }, { "f:x": {} }]);
  });

  it("shares a field on whose value both agree", async () => {
    const cluster = await startCluster();
    await cluster.apply(path, config({ x: "1" }), "one");
    const { code, body } = await cluster.apply(path, config({ x: "1" }), "two");
    expect([code, managers(body)]).toEqual([200, ["one/Apply", "two/Apply"]]);
  });

  it("knows owners by update too, per subresource", async () => {
    const cluster = await startCluster();
    await cluster.create(`${apps}/deployments?fieldManager=creator`, deployment("a"));
    await cluster.call("PATCH", `${apps}/deployments/a/scale?fieldManager=scaler`, {
      body: { spec: { replicas: 5 } },
      type: "application/merge-patch+json",
    });
    const refused = await cluster.apply(`${apps}/deployments/a`, deployment("a", { replicas: 2 }), "one");
    expect([refused.code, refused.body["message"]]).toEqual([
      409,
      expect.stringMatching(/conflict with "scaler" with subresource "scale" using apps\/v1 at .*: \.spec\.replicas$/),
    ]);
    const without = await cluster.apply(`${apps}/deployments/a`, deployment("a"), "one");
    expect([without.code, at(without.body, "spec", "replicas")]).toEqual([200, 5]);
  });

  it("merges lists of type map by their keys, ports by port and protocol", async () => {
    const cluster = await startCluster();
    await cluster.apply(`${apps}/deployments/a`, deployment("a"), "one");
    const side = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      spec: { template: { spec: { containers: [{ name: "side", image: "side:1" }] } } },
    };
    const both = (await cluster.apply(`${apps}/deployments/a`, side, "two")).body;
    const containers = (object: JsonObject) =>
      objectsAt(object, "spec", "template", "spec", "containers").map(({ name }) => name);
    expect(containers(both)).toEqual(["app", "side"]);
    const owned = objectsAt(both, "metadata", "managedFields")[0];
    const ports = at(
      owned,
      "fieldsV1",
      "f:spec",
      "f:template",
      "f:spec",
      "f:containers",
      `k:{"name":"app"}`,
      "f:ports",
    );
    expect(ports).toEqual({ 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } });
    const gone = await cluster.apply(
      `${apps}/deployments/a`,
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } },
      "two",
    );
    expect([gone.code, containers(gone.body)]).toEqual([200, ["app"]]);
  });

  it("drops a map that its owner applies as empty, and takes it for a field of that owner", async () => {
    const cluster = await startCluster();
    await cluster.apply(path, config({ x: "1" }), "one");
    expect((await cluster.apply(path, config({}), "one")).body["data"]).toBeUndefined();
    expect((await cluster.apply(path, config({ x: "1" }), "three")).code).toBe(409);
  });

  it("applies a status through its subresource only", async () => {
    const cluster = await startCluster();
    await cluster.apply(`${apps}/deployments/a`, { ...deployment("a"), status: { replicas: 9 } }, "one");
    const head = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } };
    const { body } = await cluster.apply(
      `${apps}/deployments/a/status`,
      { ...head, spec: { replicas: 7 }, status: { readyReplicas: 1 } },
      "status",
    );
    expect([at(body, "spec", "replicas"), body["status"]]).toEqual([1, { readyReplicas: 1 }]);
    const entry = objectsAt(body, "metadata", "managedFields").find(({ manager }) => manager === "status");
    expect([entry?.["subresource"], entry?.["fieldsV1"]]).toEqual([
      "status",
      { "f:status": { "f:readyReplicas": {} } },
    ]);
  });

  it("needs a manager and refuses managed fields in the body", async () => {
    const cluster = await startCluster();
    const nobody = await cluster.call("PATCH", path, { body: config({}), type: "application/apply-patch+yaml" });
    expect(nobody.code).toBe(422);
    const given = { ...config({}), metadata: { name: "a", managedFields: [{ manager: "x" }] } };
    expect((await cluster.apply(path, given, "one")).code).toBe(400);
  });
});

describe("any history of applies", () => {
  const step = fc.record({
    manager: fc.constantFrom("one", "two", "three"),
    data: fc.dictionary(fc.constantFrom("x", "y", "z"), fc.constantFrom("1", "2")),
    force: fc.boolean(),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** What ownership means: a field lives as long as somebody owns it, and changes only by force or by its only owner. */
  const model = () => {
    const values = new Map<string, string>();
    const owners = new Map<string, Set<string>>();
    return {
      values,
      apply: ({ manager, data, force }: Step): number => {
        const foreign = ([key, value]: [string, string]): boolean =>
          values.has(key) &&
          values.get(key) !== value &&
          [...(owners.get(key) ?? [])].some((owner) => owner !== manager);
        const taken = Object.entries(data).filter(foreign);
        if (taken.length > 0 && !force) return taken.length;
        for (const [key] of taken) owners.delete(key);
        for (const [key, value] of Object.entries(data)) {
          values.set(key, value);
          owners.set(key, (owners.get(key) ?? new Set()).add(manager));
        }
        for (const [key, who] of owners) {
          if (!(key in data)) who.delete(manager);
          if (who.size === 0) values.delete(key);
        }
        return 0;
      },
    };
  };

  it("ends with the fields that somebody owns", async () => {
    const cluster = await startCluster();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        run += 1;
        const name = `run-${run}`;
        const expected = model();
        for (const one of steps) {
          const conflicts = expected.apply(one);
          // An empty map would be a field of its own.
          const data = Object.keys(one.data).length > 0 ? one.data : undefined;
          const body = { ...config(one.data), data, metadata: { name } };
          const answer = await cluster.apply(`${core}/configmaps/${name}`, body, one.manager, one.force);
          if (conflicts > 0)
            expect([answer.code, objectsAt(answer.body, "details", "causes").length >= conflicts]).toEqual([409, true]);
          else
            expect([answer.code < 300, at(answer.body, "data") ?? {}]).toEqual([
              true,
              Object.fromEntries(expected.values),
            ]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("managed fields of updates", () => {
  it("follow the fields from writer to writer", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/configmaps?fieldManager=one`, config({ x: "1", y: "1" }));
    const { body } = await cluster.call("PATCH", `${path}?fieldManager=two`, {
      body: { data: { y: "2" } },
      type: "application/merge-patch+json",
    });
    const fields = objectsAt(body, "metadata", "managedFields").map((entry) => [
      entry["manager"],
      at(entry, "fieldsV1", "f:data"),
    ]);
    expect(fields).toEqual([
      ["one", { ".": {}, "f:x": {} }],
      ["two", { "f:y": {} }],
    ]);
  });

  it("are named for the user agent when no manager is", async () => {
    const cluster = await startCluster();
    expect(managers(await cluster.create(`${core}/configmaps`, config({ x: "1" })))).toEqual(["test/Update"]);
  });
});
