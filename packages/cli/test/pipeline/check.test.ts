import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { checkPipelines } from "../../src/commands/pipeline/check.ts";
import { shapeOfOutput } from "../../src/pipeline/check/findings.ts";
import type { Shape } from "../../src/pipeline/check/shape.ts";
import { objectsIn } from "../../src/pipeline/objects.ts";
import { operatorsIn, soundControllers } from "../../src/pipeline/operator-file.ts";
import { tell } from "../../src/pipeline/story.ts";
import { yamlSource } from "../../src/yaml-documents.ts";
import { shopObjects, shopOperator, written } from "./operators.ts";

const write = written();
let files = 0;

/** What is said of a text, with its file called `f`. */
async function said(text: string, more: { readonly schemas?: readonly string[]; readonly strict?: boolean } = {}) {
  const file = write(`${files++}.yaml`, text);
  const { out, code } = await checkPipelines({ filename: [file], operator: "op", strict: false, ...more });
  return { lines: out.replaceAll(file, "f").trim().split("\n"), code };
}

/** A controller that makes objects of a kind. */
const making = (apiGroup: string, kind: string, project: string, type = "Updater"): string => `controllers:
  - name: c
    sources: [{ apiGroup: "", kind: Service }]
    pipeline:
      "@project": ${project}
    target: { apiGroup: "${apiGroup}", kind: ${kind}, type: ${type} }
`;
const meta = "metadata: { name: $.metadata.name, namespace: x }";

describe("headgate pipeline check", () => {
  test("finds nothing wrong with a sound operator", async () => {
    expect(await said(shopOperator)).toEqual({ lines: ["0 faults, 0 warnings"], code: 0 });
  });

  test("names every fault of every controller with file, line, column and path", async () => {
    const text = shopOperator
      .replace("@select", "@selct")
      .replace('"@add": [$.PortView.port, 0]', '"@add": [$.PortView.port]')
      .replace("as: Slice", "alias: Slice");
    const { lines, code } = await said(text);
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(
        /^fault: f:12:11: spec\.controllers\[0\]\.pipeline\[0\]\.@selct: there is no operation @selct/,
      ),
      "fault: f:25:11: spec.controllers[1].sources[1].alias: there is no such field (as?)",
      expect.stringMatching(
        /^fault: f:32:36: spec\.controllers\[1\]\.pipeline\[1\]\.@project\.data\.port\.@string\.@add: @add takes 2 arguments, not 1 \(arity\)$/,
      ),
      "3 faults, 0 warnings",
    ]);
  });

  test("what the schema of Operators refuses is a fault, once", async () => {
    const { lines } = await said(`${making("", "ConfigMap", `{ ${meta} }`)}  - name: ${"x".repeat(254)}
    sources: [{ apiGroup: "", kind: Service, type: Watched }]
    target: { kind: ConfigMap }
`);
    expect(lines).toEqual([
      expect.stringMatching(/^fault: f:7:5: controllers\[1\]\.name: Invalid value: "x+\.*"?.*at most 253 characters/),
      expect.stringMatching(
        /^fault: f:8:46: controllers\[1\]\.sources\[0\]\.type: Watcher, OneShot, Periodic expected/,
      ),
      "2 faults, 0 warnings",
    ]);
  });

  test("a built-in kind with a group that is not its own, or without one: what would be right", async () => {
    const { lines, code } = await said(`controllers:
  - name: a
    sources: [{ apiGroup: "", kind: Deployment }]
    target: { kind: Ingress }
  - name: b
    sources: [{ apiGroup: apps, kind: Service }, { apiGroup: "", kind: Secret, as: S }, { kind: Event }]
    pipeline: { "@join": { "@eq": [$.S.metadata.name, $.Service.metadata.name] } }
    target: { apiGroup: "", kind: Job, type: Patcher }
`);
    expect(code).toBe(1);
    expect(lines).toEqual([
      "warning: f:3:17: controllers[0].sources[0].apiGroup: the core group has no kind Deployment: apiGroup: apps",
      "warning: f:4:15: controllers[0].target.kind: without apiGroup this is a view; the kind Ingress of the cluster is apiGroup: networking.k8s.io",
      "warning: f:4:15: controllers[0].target.kind: nobody in these files reads the view Ingress",
      'warning: f:6:17: controllers[1].sources[0].apiGroup: apps has no kind Service: apiGroup: ""',
      "fault: f:6:91: controllers[1].sources[2].kind: nobody writes the view Event of operator op",
      'warning: f:6:91: controllers[1].sources[2].kind: without apiGroup this is a view; the kind Event of the cluster is apiGroup: "" or apiGroup: events.k8s.io',
      "warning: f:8:15: controllers[1].target.apiGroup: the core group has no kind Job: apiGroup: batch",
      "1 fault, 6 warnings",
    ]);
  });

  test("a view may be called as a built-in kind is, and kinds of others may have any group", async () => {
    const { lines } = await said(`controllers:
  - name: a
    sources: [{ apiGroup: toys.example.com, kind: Service }]
    target: { kind: Service }
  - name: b
    sources: [{ kind: Service }]
    target: { apiGroup: toys.example.com, kind: Deployment }
`);
    expect(lines).toEqual(["0 faults, 0 warnings"]);
  });

  test("views: one that nobody writes, one that nobody reads, one of another operator, a field that is never there", async () => {
    const text = shopOperator
      .replace(
        "kind: PortView\n        - apiGroup: discovery.k8s.io",
        "kind: PortVew\n        - apiGroup: discovery.k8s.io",
      )
      .replace("apiGroup: discovery.k8s.io", "apiGroup: other.view.dcontroller.io");
    const { lines, code } = await said(text);
    expect(code).toBe(1);
    expect(lines.slice(0, 3)).toEqual([
      "warning: f:19:9: spec.controllers[0].target.kind: nobody in these files reads the view PortView",
      "fault: f:22:11: spec.controllers[1].sources[0].kind: nobody writes the view PortVew of operator shop (PortView?)",
      "warning: f:24:11: spec.controllers[1].sources[1].kind: the view EndpointSlice belongs to operator other, which is not in these files",
    ]);
    expect(lines.join("\n")).toContain(
      "$.PortView.metadata.namespace is never there: the stage before does not make it",
    );
    const typo = await said(shopOperator.replace("[$.PortView.port, 0]", "[$.PortView.prot, 0]"));
    expect(typo.lines[0]).toContain("$.PortView.prot is never there");
    expect(typo.code).toBe(0);
  });

  test("circles and shared targets are warnings; --strict fails for them", async () => {
    const round = `controllers:
  - { name: a, sources: [{ kind: A }], target: { kind: B } }
  - { name: b, sources: [{ kind: B }], target: { kind: A } }
`;
    expect((await said(round)).lines[0]).toBe(
      "warning: f:2:16: controllers[0].sources: op/a, op/b feed each other through views: it is for the pipelines to come to rest",
    );
    const self = `controllers:
  - { name: a, sources: [{ apiGroup: "", kind: Pod }], target: { apiGroup: "", kind: Pod, type: Patcher } }
  - { name: b, sources: [{ apiGroup: "", kind: Node }], target: { apiGroup: "", kind: Pod, type: Patcher } }
`;
    expect(await said(self)).toEqual({
      lines: [
        "warning: f:2:16: controllers[0].sources: it reads what it writes through the cluster: it is for the pipelines to come to rest",
        "warning: f:2:56: controllers[0].target: core/*/Pod is written by op/b too: an object or field that both want is left to one",
        "warning: f:3:57: controllers[1].target: core/*/Pod is written by op/a too: an object or field that both want is left to one",
        "0 faults, 3 warnings",
      ],
      code: 0,
    });
    expect((await said(self, { strict: true })).code).toBe(1);
  });

  test.each([
    ["", "ConfigMap", `{ ${meta}, dat: { a: b } }`, "dat: core/*/ConfigMap: there is no field dat (data?)"],
    ["", "ConfigMap", `{ ${meta}, data: { a: 1 } }`, "data.a: core/*/ConfigMap: data.a is 1; it must be a string"],
    [
      "",
      "ConfigMap",
      `{ ${meta}, data: { a: { "@len": $.spec.ports } } }`,
      "data.a.@len: core/*/ConfigMap: data.a is a number; it must be a string",
    ],
    ["", "ConfigMap", `{ ${meta}, data: [a] }`, "data: core/*/ConfigMap: data is a list; it must be a map"],
    [
      "",
      "ConfigMap",
      `{ metadata: { name: 5 } }`,
      "metadata.name: core/*/ConfigMap: metadata.name is 5; it must be a string",
    ],
    [
      "",
      "ConfigMap",
      `[{ ${meta} }, { $.data.a: { "@cond": [{ "@isnil": $.x }, true, b] } }]`,
      "@cond[1]: core/*/ConfigMap: data.a is true; it must be a string",
    ],
    [
      "",
      "Service",
      `{ ${meta}, spec: { ports: [{ prt: 80 }] } }`,
      "ports[0].prt: core/*/Service: there is no field spec.ports[].prt (port?)",
    ],
    [
      "",
      "Service",
      `{ ${meta}, spec: { type: ClusterIp, ports: [{ port: 80 }] } }`,
      'spec.type: core/*/Service: spec.type is "ClusterIp"; it must be one of "ClusterIP"',
    ],
    [
      "apps",
      "Deployment",
      `{ ${meta}, spec: { replicas: 1.5 } }`,
      "spec.replicas: apps/*/Deployment: spec.replicas is 1.5; it must be a whole number",
    ],
    ["apps", "Deployment", `{ ${meta}, spec: { replicas: 1 } }`, "spec: apps/*/Deployment: spec.selector is missing"],
    [
      "gateway.networking.k8s.io",
      "HTTPRoute",
      `{ ${meta}, spec: { hostname: x } }`,
      "there is no field spec.hostname (hostnames?)",
    ],
  ])("an output for %s %s that cannot fit is a fault: %s", async (group, kind, project, message) => {
    const { lines, code } = await said(making(group, kind, project));
    expect(code).toBe(1);
    expect(lines.join("\n")).toContain(message);
  });

  test.each([
    ["", "ConfigMap", `{ ${meta}, data: { a: $.spec.x, b: { "@definedOr": [$.y, z] }, "$.c": "@now" } }`],
    ["", "ConfigMap", `[{ $.: $. }, { $.data.a: x }]`],
    ["", "Service", `{ ${meta}, spec: { ports: { "@map": [{ port: $$.port }, $.spec.ports] } } }`],
    ["", "Service", `{ ${meta}, spec: { ports: [{ port: { "@add": [1, 2] }, targetPort: http }] } }`],
    ["apps", "Deployment", `$.spec.template`],
    ["example.com", "Unheard", `{ ${meta}, anything: 1 }`],
  ])("what may fit %s %s is no fault: %s", async (group, kind, project) => {
    expect((await said(making(group, kind, project))).lines.at(-1)).toMatch(/^0 faults/);
  });

  test("a patch need not be whole", async () => {
    const text = making("apps", "Deployment", `{ ${meta}, spec: { replicas: 1 } }`, "Patcher");
    expect((await said(text)).code).toBe(0);
  });

  test("schemas of files: CustomResourceDefinitions, and OpenAPI documents with references", async () => {
    const text = making("example.com", "Toy", `{ ${meta}, spec: { colour: 7, wheels: four } }`);
    const spec = { type: "object", properties: { color: { type: "string" }, wheels: { type: "integer" } } };
    const properties = { metadata: { type: "object" }, spec };
    const crd = write(
      "crd.yaml",
      JSON.stringify({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "toys.example.com" },
        spec: {
          group: "example.com",
          names: { kind: "Toy" },
          versions: [{ name: "v1", schema: { openAPIV3Schema: { type: "object", properties } } }],
        },
      }),
    );
    const gvk = [{ group: "example.com", version: "v1", kind: "Toy" }];
    const openApi = (prefix: string) => ({
      Toy: {
        type: "object",
        properties: { ...properties, spec: { allOf: [{ $ref: `${prefix}ToySpec` }] } },
        "x-kubernetes-group-version-kind": gvk,
      },
      ToySpec: spec,
    });
    const v3 = write(
      "v3.json",
      JSON.stringify({ openapi: "3.0.0", components: { schemas: openApi("#/components/schemas/") } }),
    );
    const v2 = write("v2.json", JSON.stringify({ swagger: "2.0", definitions: openApi("#/definitions/") }));
    for (const schemas of [[crd], [v3], [v2]]) {
      const { lines } = await said(text, { schemas });
      expect(lines).toEqual([
        expect.stringContaining("spec.colour: example.com/*/Toy: there is no field spec.colour (color?)"),
        expect.stringContaining('spec.wheels: example.com/*/Toy: spec.wheels is "four"; it must be a whole number'),
        "2 faults, 0 warnings",
      ]);
    }
    const none = write("none.yaml", shopObjects);
    await expect(said(text, { schemas: [none] })).rejects.toThrow(
      `${none}: there is no CustomResourceDefinition in it`,
    );
  });

  test("a file that cannot be read as operators is a fault with its place", async () => {
    expect(await said("a: [1\nb: 2\n")).toMatchObject({
      code: 1,
      lines: [expect.stringMatching(/^fault: f:2:1: /), expect.any(String)],
    });
    expect((await said(shopObjects)).lines[0]).toMatch(/^fault: f: there is no Operator/);
    await expect(checkPipelines({ filename: ["/nowhere"], operator: "op", strict: false })).rejects.toThrow(
      "/nowhere: there is no such file",
    );
  });
});

test.each(["endpoints.yaml", "endpoints-gathered.yaml", "shop"])(
  "what is known of the outputs of %s holds of what comes out",
  (name) => {
    const text =
      name === "shop"
        ? shopOperator
        : readFileSync(new URL(`../../../pipeline/testdata/${name}`, import.meta.url), "utf8");
    const controllers = soundControllers(operatorsIn([yamlSource({ file: name, text })]));
    const objects = `${shopObjects}---
apiVersion: v1
kind: Service
metadata: { name: s, annotations: { dcontroller.io/endpointslice-controller-enabled: "true" } }
spec: { type: ClusterIP, ports: [{ port: 1, protocol: TCP }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: e, labels: { kubernetes.io/service-name: s } }
endpoints: [{ addresses: [a, b], conditions: { ready: true } }]
`;
    const { deltas } = tell({
      controllers,
      ...objectsIn([yamlSource({ file: "o", text: objects })]),
      steps: [],
      now: "2026-01-01T00:00:00Z",
    });
    expect(deltas.length).toBeGreaterThan(1);
    for (const { controller: id, object } of deltas) {
      const controller = controllers.find((one) => one.id === id);
      if (controller === undefined) throw new Error(id);
      const rest = Object.fromEntries(
        Object.entries(object).filter(([field]) => field !== "apiVersion" && field !== "kind"),
      );
      expect(mismatches(shapeOfOutput(controller, controllers), rest, id)).toEqual([]);
    }
  },
);

/** Where a value is not what its shape says. */
function mismatches(shape: Shape, value: unknown, at: string): readonly string[] {
  if (shape.kind === "unknown" || value === null) return [];
  const wrong = [`${at} is ${JSON.stringify(value)}, not ${shape.kind}`];
  if (shape.kind === "nothing") return wrong;
  if (shape.kind === "literal") return value === shape.value ? [] : wrong;
  if (shape.kind === "scalar") return typeof value === shape.type ? [] : wrong;
  if (shape.kind === "either") return shape.options.some((one) => mismatches(one, value, at).length === 0) ? [] : wrong;
  if (shape.kind === "list") return Array.isArray(value) ? [] : wrong;
  if (typeof value !== "object" || Array.isArray(value)) return wrong;
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = shape.fields.get(name);
    if (own === undefined) return shape.open ? [] : [`${at}.${name} is not known`];
    return mismatches(own, inner, `${at}.${name}`);
  });
}
