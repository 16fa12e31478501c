import type { KubeObject, ObjectRef } from "@headgate/api";
import { describe, expect, test } from "vitest";
import { bodiesOf } from "../../src/pipelines/body.ts";
import type { Row, Target } from "../../src/pipelines/body.ts";
import type { Claim } from "../../src/pipelines/claims.ts";
import { decide } from "../../src/pipelines/decide.ts";
import type { Case, Decision } from "../../src/pipelines/decide.ts";
import { shortName } from "../../src/pipelines/names.ts";

const target: Target = {
  type: { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced: true },
  statusApart: true,
};
const owner: ObjectRef = { apiVersion: "dcontroller.io/v1alpha1", kind: "Operator", name: "op", uid: "u" };

function claim(place: string, how: Claim["how"], row: Row, rank = "0"): Claim {
  const bodies = bodiesOf({ metadata: { name: "web", namespace: "shop" }, ...row }, target, { place, how });
  if (typeof bodies === "string") throw new Error(bodies);
  return { id: place, place, how, rank, bodies };
}

function web(fields: object, managers: readonly object[] = [], labels: Record<string, string> = {}): KubeObject {
  const metadata = { name: "web", namespace: "shop", uid: "w", resourceVersion: "7", labels };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    ...fields,
    metadata: { ...metadata, managedFields: managers } as unknown as KubeObject["metadata"],
  };
}

const manager = (place: string, fieldsV1: object, more: object = { operation: "Apply" }): object => ({
  manager: `headgate/pipelines/${place}`,
  fieldsV1,
  ...more,
});
const madeBy = (controller: string): Record<string, string> => ({
  "app.kubernetes.io/managed-by": "headgate-pipelines",
  "dcontroller.io/operator": "op",
  "dcontroller.io/controller": controller,
});

function decided({ frozen = [], ...of }: Omit<Case, "known"> & { readonly frozen?: readonly string[] }): Decision {
  const known = {
    operator: (short: string) => (short === "op" ? owner : undefined),
    isFrozen: (place: string) => frozen.includes(place),
  };
  return decide({ ...of, known });
}
const names = ({ actions }: Decision): readonly string[] => [...actions.keys()];

describe("what is done about one object", () => {
  test("a Patcher's field is applied when it is not there, and not again when it is", () => {
    const claims = [claim("op/c", "Patcher", { spec: { paused: true } })];
    const before = decided({ observed: web({ spec: { replicas: 2 } }), claims });
    expect(names(before)).toEqual(["main op/c"]);
    expect(before.actions.get("main op/c")).toEqual({
      do: "apply",
      observed: { uid: "w", resourceVersion: "7" },
      desired: {
        controller: "pipelines/op/c",
        owner,
        object: {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web", namespace: "shop" },
          spec: { paused: true },
        },
      },
    });
    const managers = [manager("op/c", { "f:spec": { "f:paused": {} } })];
    expect(names(decided({ observed: web({ spec: { replicas: 2, paused: true } }, managers), claims }))).toEqual([]);
  });

  test("items of a list are found by the keys that the API server tells them apart by", () => {
    const item = { name: "b", image: "b:2" };
    const claims = [claim("op/c", "Patcher", { spec: { template: { spec: { containers: [item] } } } })];
    const key = { 'k:{"name":"b"}': { ".": {}, "f:name": {}, "f:image": {} } };
    const managers = [manager("op/c", { "f:spec": { "f:template": { "f:spec": { "f:containers": key } } } })];
    const having = (image: string): KubeObject =>
      web({ spec: { template: { spec: { containers: [{ name: "a" }, { name: "b", image }] } } } }, managers);
    expect(names(decided({ observed: having("b:2"), claims }))).toEqual([]);
    expect(names(decided({ observed: having("b:1"), claims }))).toEqual(["main op/c"]);
  });

  test("a field that is wanted no more is given back, and so is all when nobody wants anything", () => {
    const managers = [manager("op/c", { "f:spec": { "f:paused": {}, "f:minReadySeconds": {} } })];
    const observed = web({ spec: { paused: true, minReadySeconds: 3 } }, managers);
    expect(names(decided({ observed, claims: [claim("op/c", "Patcher", { spec: { paused: true } })] }))).toEqual([
      "main op/c",
    ]);
    const none = decided({ observed, claims: [] });
    expect(none.actions.get("release-main op/c")).toMatchObject({
      do: "apply",
      desired: { controller: "pipelines/op/c", object: { metadata: { name: "web", namespace: "shop" } } },
    });
    expect(names(decided({ observed, claims: [], frozen: ["op/c"] }))).toEqual([]);
  });

  test("a status is applied apart, and given back apart", () => {
    const claims = [claim("op/c", "Patcher", { status: { replicas: 3 } })];
    const before = decided({ observed: web({ status: { replicas: 1 } }), claims });
    expect(before.actions.get("status op/c")).toMatchObject({
      desired: { subresource: "status", object: { status: { replicas: 3 } } },
    });
    const fields = { "f:status": { "f:replicas": {} } };
    const managers = [manager("op/c", fields, { operation: "Apply", subresource: "status" })];
    expect(names(decided({ observed: web({ status: { replicas: 3 } }, managers), claims }))).toEqual([]);
    expect(names(decided({ observed: web({ status: { replicas: 3 } }, managers), claims: [] }))).toEqual([
      "release-status op/c",
    ]);
  });

  test("an Updater's object is made once, deleted when unwanted, and left while its controller says nothing", () => {
    const claims = [claim("op/c", "Updater", { spec: { replicas: 1 } })];
    expect(names(decided({ observed: undefined, claims }))).toEqual(["make op/c"]);
    const created = manager("op/c", { "f:spec": { "f:replicas": {}, "f:defaulted": {} } }, { operation: "Update" });
    const observed = web({ spec: { replicas: 1 } }, [created], madeBy("c"));
    expect(decided({ observed, claims: [] }).actions.get("remove op/c")).toEqual({
      do: "delete",
      controller: "pipelines/op/c",
      target: expect.objectContaining({ kind: "Deployment", name: "web", uid: "w" }) as unknown,
    });
    expect(names(decided({ observed, claims: [], frozen: ["op/c"] }))).toEqual([]);
  });

  test("labels that were copied make no object ours, nor do those of an Operator that is not known", () => {
    const claims = [claim("op/c", "Updater", {})];
    const copied = decided({ observed: web({}, [], madeBy("c")), claims });
    expect([names(copied), [...copied.problems.keys()]]).toEqual([[], ["op/c"]]);
    const labels = { ...madeBy("c"), "dcontroller.io/operator": "other" };
    expect(names(decided({ observed: web({}, [manager("other/c", {})], labels), claims: [] }))).toEqual([]);
  });

  test("what one controller made is handed on to another of the same Operator, unless that one may still want it", () => {
    const observed = web({ spec: { replicas: 1 } }, [manager("op/old", { "f:spec": {} })], madeBy("old"));
    const claims = [claim("op/new", "Updater", { spec: { replicas: 1 } })];
    expect(names(decided({ observed, claims }))).toEqual(["release-main op/old", "main op/new"]);
    const held = decided({ observed, claims, frozen: ["op/old"] });
    expect([names(held), held.problems.get("op/new")]).toEqual([
      [],
      "Deployment shop/web was made by controller op/old, which does not run",
    ]);
  });

  test("nothing is done about an object that is on its way out", () => {
    const observed = web({}, [manager("op/c", { "f:spec": {} })], madeBy("c"));
    const leaving = { ...observed, metadata: { ...observed.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    expect(names(decided({ observed: leaving, claims: [] }))).toEqual([]);
  });

  test("two that claim it: the first Updater has it; of Patchers only those that disagree stand in each other's way", () => {
    const updaters = [claim("op/b", "Updater", {}, "2"), claim("op/a", "Updater", {}, "1")];
    const first = decided({ observed: undefined, claims: updaters });
    expect([names(first), [...first.problems.keys()]]).toEqual([["make op/a"], ["op/b"]]);
    const containers = (name: string, image: string): Row => ({
      spec: { template: { spec: { containers: [{ name, image }] } } },
    });
    const observed = web({ spec: { template: { spec: { containers: [] } } } });
    const apart = [claim("op/x", "Patcher", containers("a", "1")), claim("op/y", "Patcher", containers("b", "2"), "1")];
    expect(names(decided({ observed, claims: apart }))).toEqual(["main op/x", "main op/y"]);
    const same = [claim("op/x", "Patcher", containers("a", "1"), "1"), claim("op/y", "Patcher", containers("a", "2"))];
    const { problems } = decided({ observed, claims: same });
    expect([...problems]).toEqual([
      [
        "op/x",
        "Deployment shop/web: controller op/y wants another value in spec.template.spec.containers.a.image; it is left to that",
      ],
    ]);
  });
});

describe("what is applied for a row", () => {
  test("has no nulls, of the metadata labels and annotations alone, and a Secret's texts as the API server shows them", () => {
    const secrets = {
      type: { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true },
      statusApart: false,
    };
    const row = {
      apiVersion: "v9",
      metadata: { name: "s", namespace: "n", uid: "x", labels: { a: "1", b: null }, finalizers: ["f"] },
      stringData: { a: "ä" },
      data: { b: "Yg==", c: null },
    };
    expect(bodiesOf(row, secrets, { place: "op/c", how: "Patcher" })).toEqual({
      main: {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s", namespace: "n", labels: { a: "1" } },
        data: { a: "w6Q=", b: "Yg==" },
      },
      status: undefined,
    });
  });

  test("is nothing where a namespace is missing, which is said", () => {
    expect(bodiesOf({ metadata: { name: "web" } }, target, { place: "op/c", how: "Updater" })).toBe(
      "metadata.namespace is missing: a Deployment lives in a namespace",
    );
  });
});

describe("a name in labels and field managers", () => {
  test("stays itself where it fits, and is told apart by a hash where it does not", () => {
    expect(shortName("svc-health.operator_1")).toBe("svc-health.operator_1");
    const long = [shortName("x".repeat(60)), shortName(`${"x".repeat(59)}y`), shortName("with a space")];
    for (const name of long) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,48}[A-Za-z0-9]$/);
    expect(new Set(long).size).toBe(3);
  });
});
