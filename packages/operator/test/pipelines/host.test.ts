import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openStage, operatorRef, patience, ref } from "./stage.ts";
import type { Stage } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const mirror = `
apiVersion: dcontroller.io/v1alpha1
kind: Operator
metadata: { name: mirror }
spec:
  controllers:
    - name: copy
      sources:
        - { apiGroup: "", kind: ConfigMap, labelSelector: { matchLabels: { mirror: "yes" } } }
      pipeline:
        "@project":
          metadata: { namespace: $.metadata.namespace, name: { "@concat": [$.metadata.name, "-copy"] } }
          data: $.data
      target: { apiGroup: "", kind: ConfigMap }
`;
const original = (name: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: default, labels: { mirror: "yes" } }
data: { a: "1" }
`;
const config = (name: string): ReturnType<typeof ref> => ref("v1", "ConfigMap", name);

describe("an Updater", () => {
  test("makes, changes and removes objects as its sources come, change and leave the selector", async () => {
    await stage.create(original("one"));
    stage.serve();
    await stage.create(mirror);
    await stage.isReady("mirror", "copy");
    await vi.waitFor(async () => {
      expect(await stage.get(config("one-copy"))).toMatchObject({
        metadata: {
          labels: {
            "app.kubernetes.io/managed-by": "headgate-pipelines",
            "dcontroller.io/operator": "mirror",
            "dcontroller.io/controller": "copy",
          },
        },
        data: { a: "1" },
      });
    }, patience);
    await stage.patch(config("one"), { data: { a: null, b: "2" } });
    await vi.waitFor(async () => {
      expect((await stage.get(config("one-copy")))["data"]).toEqual({ b: "2" });
    }, patience);
    await stage.patch(config("one"), { metadata: { labels: { mirror: "no" } } });
    await vi.waitFor(async () => {
      expect(await stage.find(config("one-copy"))).toBeUndefined();
    }, patience);
  });

  test("puts back what someone else changes or deletes", async () => {
    await stage.create(original("one"));
    stage.serve();
    await stage.create(mirror);
    await vi.waitFor(() => stage.get(config("one-copy")), patience);
    await stage.patch(config("one-copy"), { data: { a: "9", c: "3" } });
    await vi.waitFor(async () => {
      expect((await stage.get(config("one-copy")))["data"]).toEqual({ a: "1", c: "3" });
    }, patience);
    await stage.client.delete(config("one-copy"));
    await vi.waitFor(async () => {
      expect((await stage.get(config("one-copy")))["data"]).toEqual({ a: "1" });
    }, patience);
  });

  test("leaves a foreign object alone, and says so", async () => {
    await stage.create(original("one"));
    await stage.create(original("one-copy").replace('labels: { mirror: "yes" }', "labels: {}"));
    stage.serve();
    await stage.create(mirror);
    await stage.isReady("mirror", "copy", "Unknown/ReconciliationFailed");
    expect((await stage.controller("mirror", "copy")).lastErrors).toEqual([
      "ConfigMap default/one-copy exists and was not made by this controller; it is left untouched until it is gone",
    ]);
    expect((await stage.get(config("one-copy"))).metadata.labels).toBeUndefined();
  });

  test("prunes what an update of the Operator no longer makes, and everything when it is deleted", async () => {
    await stage.create(original("one"));
    await stage.create(original("two"));
    stage.serve();
    await stage.create(mirror);
    await vi.waitFor(() => Promise.all([stage.get(config("one-copy")), stage.get(config("two-copy"))]), patience);
    const only = { "@select": { "@eq": ["$.metadata.name", "two"] } };
    const { spec } = (await stage.get(operatorRef("mirror"))) as unknown as {
      spec: { controllers: { pipeline: object }[] };
    };
    const [controller] = spec.controllers;
    await stage.patch(operatorRef("mirror"), {
      spec: { controllers: [{ ...controller, pipeline: [only, controller?.pipeline] }] },
    });
    await vi.waitFor(async () => {
      expect(await stage.find(config("one-copy"))).toBeUndefined();
    }, patience);
    expect(await stage.find(config("two-copy"))).toBeDefined();
    await stage.client.delete(operatorRef("mirror"));
    await vi.waitFor(async () => {
      expect(await stage.find(operatorRef("mirror"))).toBeUndefined();
    }, patience);
    expect(await stage.find(config("two-copy"))).toBeUndefined();
    expect(await stage.find(config("two"))).toBeDefined();
  });

  test("finds what it made after a restart, also of a controller that was removed meanwhile", async () => {
    await stage.create(original("one"));
    const stop = stage.serve();
    await stage.create(mirror);
    await vi.waitFor(() => stage.get(config("one-copy")), patience);
    await stop();
    await stage.patch(operatorRef("mirror"), {
      spec: {
        controllers: [{ name: "other", sources: [{ apiGroup: "", kind: "Service" }], target: { kind: "ServiceView" } }],
      },
    });
    stage.serve();
    await vi.waitFor(async () => {
      expect(await stage.find(config("one-copy"))).toBeUndefined();
      expect((await stage.get(operatorRef("mirror"))).metadata.finalizers ?? []).toEqual([]);
    }, patience);
  });
});

const annotate = `
apiVersion: dcontroller.io/v1alpha1
kind: Operator
metadata: { name: annotate }
spec:
  controllers:
    - name: patch
      sources:
        - { apiGroup: "", kind: ConfigMap }
        - { apiGroup: "", kind: Service }
      pipeline:
        - "@join": { "@eq": [$.ConfigMap.metadata.name, $.Service.metadata.name] }
        - "@project":
            metadata:
              name: $.Service.metadata.name
              namespace: $.Service.metadata.namespace
              annotations: { "example.com/from": $.ConfigMap.data.a }
      target: { apiGroup: "", kind: Service, type: Patcher }
`;
const service = (name: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default, annotations: { mine: stays } }
spec: { ports: [{ port: 80 }] }
`;
const served = (name: string): ReturnType<typeof ref> => ref("v1", "Service", name);
const annotationsOf = async (name: string): Promise<unknown> => (await stage.get(served(name))).metadata.annotations;

describe("a Patcher", () => {
  test("sets its fields beside those of others, keeps them so, and takes away exactly them", async () => {
    await stage.create(service("web"));
    stage.serve();
    await stage.create(annotate);
    await stage.create(original("web"));
    const both = { "example.com/from": "1", mine: "stays" };
    await vi.waitFor(async () => {
      expect(await annotationsOf("web")).toEqual(both);
    }, patience);
    await stage.patch(served("web"), { metadata: { annotations: { "example.com/from": "no", more: "x" } } });
    await vi.waitFor(async () => {
      expect(await annotationsOf("web")).toEqual({ ...both, more: "x" });
    }, patience);
    await stage.client.delete(config("web"));
    await vi.waitFor(async () => {
      expect(await annotationsOf("web")).toEqual({ mine: "stays", more: "x" });
    }, patience);
    expect((await stage.get(served("web"))).metadata.labels).toBeUndefined();
  });

  test("releases what it set when its Operator was deleted while nobody served it", async () => {
    await stage.create(service("web"));
    await stage.create(original("web"));
    const stop = stage.serve();
    await stage.create(annotate);
    await vi.waitFor(async () => {
      expect(await annotationsOf("web")).toMatchObject({ "example.com/from": "1" });
    }, patience);
    await stop();
    await stage.client.delete(operatorRef("annotate"));
    expect(await stage.find(operatorRef("annotate"))).toBeDefined();
    stage.serve();
    await vi.waitFor(async () => {
      expect(await stage.find(operatorRef("annotate"))).toBeUndefined();
    }, patience);
    expect(await annotationsOf("web")).toEqual({ mine: "stays" });
  });

  test("says of an object that is not there that it is not, makes none, and patches it when it comes", async () => {
    stage.serve();
    const named = annotate
      .replace('        - { apiGroup: "", kind: Service }\n', "")
      .replace(
        '- "@join": { "@eq": [$.ConfigMap.metadata.name, $.Service.metadata.name] }',
        '- "@select": { "@exists": $.data.a }',
      )
      .replace("$.Service.metadata.name", "$.metadata.name")
      .replace("$.Service.metadata.namespace", "$.metadata.namespace")
      .replace("$.ConfigMap.data.a", "$.data.a");
    await stage.create(named);
    await stage.create(original("late"));
    await stage.isReady("annotate", "patch", "Unknown/ReconciliationFailed");
    expect((await stage.controller("annotate", "patch")).lastErrors).toEqual([
      "Service default/late is not there to be patched",
    ]);
    expect(await stage.find(served("late"))).toBeUndefined();
    await stage.create(service("late"));
    await stage.isReady("annotate", "patch");
    expect(await annotationsOf("late")).toEqual({ "example.com/from": "1", mine: "stays" });
  });
});
