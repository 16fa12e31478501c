import { describe, expect, it } from "vitest";
import { at, type JsonObject, objectsAt } from "../../src/server/json/json.ts";
import { startCluster, text, type TestCluster } from "./cluster.ts";

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 9 },
        color: { type: "string", enum: ["red", "blue"], default: "red" },
        replicas: { type: "integer" },
        fixed: {
          type: "string",
          "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed is immutable" }],
        },
        items: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, value: { type: "string" } },
          },
        },
      },
      "x-kubernetes-validations": [{ rule: "self.size < 5 || self.color == 'blue'", message: "big ones are blue" }],
    },
    status: { type: "object", properties: { replicas: { type: "integer" }, phase: { type: "string" } } },
  },
};

const definition = (change: JsonObject = {}): JsonObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "boxes.test.dev" },
  spec: {
    group: "test.dev",
    scope: "Namespaced",
    names: { plural: "boxes", kind: "Box", shortNames: ["bx"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
        additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
      },
      { name: "v1beta1", served: true, storage: false, schema: { openAPIV3Schema: schema } },
    ],
    ...change,
  },
});
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const boxes = "/apis/test.dev/v1/namespaces/default/boxes";
const box = (spec: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion: "test.dev/v1",
  kind: "Box",
  metadata: { name: "a" },
  spec,
  ...more,
});

const withBoxes = async (): Promise<TestCluster> => {
  const cluster = await startCluster();
  await cluster.create(definitions, definition());
  return cluster;
};

describe("a definition", () => {
  it("is established and served at once, and after a restart", async () => {
    const first = await withBoxes();
    const crd = await first.get(`${definitions}/boxes.test.dev`);
    const conditions = objectsAt(crd, "status", "conditions").map(({ type, status }) => [type, status]);
    expect(conditions).toEqual([
      ["NamesAccepted", "True"],
      ["Established", "True"],
    ]);
    expect(at(crd, "status", "storedVersions")).toEqual(["v1"]);
    await first.create(boxes, box({ size: 1 }));
    await first.close();
    const second = await startCluster({ storage: first.storage });
    expect(at(await second.get(`${boxes}/a`), "spec", "size")).toBe(1);
  });

  it("is refused when its schema or names are wrong, and when it needs a webhook", async () => {
    const cluster = await startCluster();
    const bad = await cluster.call("POST", definitions, {
      body: definition({
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", properties: { spec: { properties: {} } } } },
          },
        ],
      }),
    });
    expect([bad.code, bad.body["message"]]).toEqual([
      422,
      expect.stringContaining("spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value"),
    ]);
    const named = await cluster.call("POST", definitions, {
      body: { ...definition(), metadata: { name: "box.test.dev" } },
    });
    expect([named.code, named.body["message"]]).toEqual([422, expect.stringContaining("must be spec.names.plural")]);
    expect(
      (await cluster.call("POST", definitions, { body: definition({ conversion: { strategy: "Webhook" } }) })).code,
    ).toBe(501);
    expect((await cluster.call("GET", boxes)).code).toBe(404);
  });

  it("takes its objects along when it is deleted", async () => {
    const cluster = await withBoxes();
    await cluster.create(boxes, box({ size: 1 }, { metadata: { name: "a", finalizers: ["x/y"] } }));
    await cluster.create(boxes, box({ size: 1 }, { metadata: { name: "b" } }));
    await cluster.call("DELETE", `${definitions}/boxes.test.dev`);
    expect(objectsAt(await cluster.get(boxes), "items").map((item) => text(item, "metadata", "name"))).toEqual(["a"]);
    expect((await cluster.call("POST", boxes, { body: box({ size: 1 }, { metadata: { name: "c" } }) })).code).toBe(405);
    await cluster.patch(`${boxes}/a`, { metadata: { finalizers: null } });
    expect((await cluster.call("GET", `${definitions}/boxes.test.dev`)).code).toBe(404);
    expect((await cluster.call("GET", boxes)).code).toBe(404);
  });
});

describe("a custom resource", () => {
  it("has its defaults filled in and unknown fields pruned, with a warning", async () => {
    const cluster = await withBoxes();
    const made = await cluster.call("POST", boxes, { body: box({ size: 1, shape: "round" }) });
    expect([made.code, made.body["spec"]]).toEqual([201, { size: 1, color: "red" }]);
    expect(made.headers.get("warning")).toBe(`299 - "unknown field \\"spec.shape\\""`);
    const strict = await cluster.call("POST", `${boxes}?fieldValidation=Strict`, {
      body: box({ size: 1, shape: "round" }),
    });
    expect([strict.code, strict.body["message"]]).toEqual([
      400,
      `Box in version "v1" cannot be handled as a Box: strict decoding error: unknown field "spec.shape"`,
    ]);
    const quiet = await cluster.call("PUT", `${boxes}/a?fieldValidation=Ignore`, {
      body: { ...made.body, spec: { size: 2, shape: "x" } },
    });
    expect([quiet.headers.get("warning"), quiet.body["spec"]]).toEqual([null, { size: 2, color: "red" }]);
  });

  it.each([
    [{ size: 10 }, "spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9"],
    [{}, "spec.size: Required value"],
    [{ size: 1, color: "green" }, `spec.color: Unsupported value: "green": supported values: "red", "blue"`],
    [{ size: 7 }, "big ones are blue"],
    [{ size: "1" }, `spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"`],
    [{ size: 1, replicas: -1 }, "spec.replicas: Invalid value: -1: should be a non-negative integer"],
  ])("is held to its schema: %j", async (spec, message) => {
    const cluster = await withBoxes();
    const answer = await cluster.call("POST", boxes, { body: box(spec) });
    expect([answer.code, answer.body["reason"]]).toEqual([422, "Invalid"]);
    expect(answer.body["message"]).toContain(`Box.test.dev "a" is invalid: `);
    expect(answer.body["message"]).toContain(message);
  });

  it("is held to rules about its changes", async () => {
    const cluster = await withBoxes();
    await cluster.create(boxes, box({ size: 1, fixed: "a" }));
    const answer = await cluster.patch(`${boxes}/a`, { spec: { fixed: "b" } });
    expect([answer.code, answer.body["message"]]).toEqual([422, expect.stringContaining("fixed is immutable")]);
  });

  it("keeps its status to the subresource, and counts changes of the rest", async () => {
    const cluster = await withBoxes();
    const made = await cluster.create(boxes, box({ size: 1 }, { status: { phase: "x" } }));
    expect([made["status"], at(made, "metadata", "generation")]).toEqual([undefined, 1]);
    const status = (
      await cluster.patch(`${boxes}/a/status`, {
        spec: { size: 3 },
        metadata: { labels: { a: "b" } },
        status: { phase: "y" },
      })
    ).body;
    expect([
      status["status"],
      at(status, "spec", "size"),
      at(status, "metadata", "labels"),
      at(status, "metadata", "generation"),
    ]).toEqual([{ phase: "y" }, 1, undefined, 1]);
    const changed = (await cluster.patch(`${boxes}/a`, { spec: { size: 3 }, status: { phase: "z" } })).body;
    expect([changed["status"], at(changed, "metadata", "generation")]).toEqual([{ phase: "y" }, 2]);
  });

  it("scales by the paths of its definition", async () => {
    const cluster = await withBoxes();
    await cluster.create(boxes, box({ size: 1 }));
    const { body } = await cluster.patch(`${boxes}/a/scale`, { spec: { replicas: 4 } });
    expect([body["kind"], body["spec"], body["status"]]).toEqual(["Scale", { replicas: 4 }, { replicas: 0 }]);
    expect(at(await cluster.get(`${boxes}/a`), "spec", "replicas")).toBe(4);
  });

  it("is applied by the keys of its lists, and never merged strategically", async () => {
    const cluster = await withBoxes();
    await cluster.apply(`${boxes}/a`, box({ size: 1, items: [{ name: "x", value: "1" }] }), "one");
    const { body } = await cluster.apply(`${boxes}/a`, box({ items: [{ name: "y", value: "2" }] }), "two");
    expect(at(body, "spec", "items")).toEqual([
      { name: "x", value: "1" },
      { name: "y", value: "2" },
    ]);
    expect((await cluster.patch(`${boxes}/a`, { spec: { size: 2 } }, "strategic-merge-patch+json")).code).toBe(415);
  });

  it("is the same object in all its versions", async () => {
    const cluster = await withBoxes();
    await cluster.create("/apis/test.dev/v1beta1/namespaces/default/boxes", {
      ...box({ size: 1 }),
      apiVersion: "test.dev/v1beta1",
    });
    expect((await cluster.get(`${boxes}/a`))["apiVersion"]).toBe("test.dev/v1");
    const watch = await cluster.watch("/apis/test.dev/v1beta1/boxes?watch=true");
    expect((await watch.next()).object["apiVersion"]).toBe("test.dev/v1beta1");
    watch.stop();
  });

  it("must say which resourceVersion it replaces", async () => {
    const cluster = await withBoxes();
    await cluster.create(boxes, box({ size: 1 }));
    const answer = await cluster.call("PUT", `${boxes}/a`, { body: box({ size: 2 }) });
    expect([answer.code, answer.body["message"]]).toEqual([
      422,
      expect.stringContaining("metadata.resourceVersion: Invalid value: 0: must be specified for an update"),
    ]);
  });
});

describe("Gateway API's kinds", () => {
  it("are there by default, defaulted and checked", async () => {
    const cluster = await startCluster();
    const routes = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes";
    const route = (rules: unknown) => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "r" },
      spec: { parentRefs: [{ name: "g" }], rules },
    });
    const made = await cluster.create(routes, route([{ backendRefs: [{ name: "s", port: 80 }] }]));
    expect(at(made, "spec", "parentRefs")).toEqual([
      { group: "gateway.networking.k8s.io", kind: "Gateway", name: "g" },
    ]);
    expect(at(objectsAt(made, "spec", "rules")[0], "matches")).toEqual([{ path: { type: "PathPrefix", value: "/" } }]);
    const bad = await cluster.call("POST", routes, {
      body: route([{ matches: [{ path: { type: "PathPrefix", value: "nope" } }] }]),
    });
    expect(bad.code).toBe(422);
  });
});
