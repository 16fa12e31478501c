import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

import { runPipelines } from "../../src/commands/pipeline/run.ts";
import type { RunOptions } from "../../src/commands/pipeline/run.ts";
import { shopObjects, shopOperator, written } from "./operators.ts";

const write = written();
const operator = write("operator.yaml", shopOperator);
const objects = write("objects.yaml", shopObjects);
const now = "2026-01-31T12:00:00Z";

const run = (options: Partial<RunOptions>) =>
  runPipelines({ filename: [operator], operator: "operator", output: "json", views: true, now, ...options });
const lines = (out: string): unknown[] =>
  out
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

const view = (port: number) => ({
  apiVersion: "shop.view.dcontroller.io/v1alpha1",
  kind: "PortView",
  metadata: { name: "till-0", namespace: "default" },
  port,
});
const note = (port: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "till-0", namespace: "default" },
  data: { port, at: now },
});

describe("headgate pipeline run", () => {
  test("gives the deltas of all targets: the objects at the beginning, then each step", async () => {
    const deltas = write(
      "deltas.yaml",
      `type: MODIFIED
object: { apiVersion: v1, kind: Service, metadata: { name: till, labels: { shop: open } }, spec: { ports: [{ port: 81 }] } }
---
type: BOOKMARK
object: {}
---
- type: Deleted
  object: { apiVersion: v1, kind: Service, metadata: { name: till } }
- { type: Added, object: { apiVersion: v1, kind: Service, metadata: { name: shut } } }
`,
    );
    const { out, err, code } = await run({ input: [objects], deltas: [deltas] });
    expect({ err, code }).toEqual({ err: [], code: 0 });
    expect(lines(out)).toEqual([
      { step: 0, controller: "shop/ports", type: "Added", object: view(80) },
      { step: 0, controller: "shop/notes", type: "Added", object: note("80") },
      { step: 1, controller: "shop/ports", type: "Updated", object: view(81) },
      { step: 1, controller: "shop/notes", type: "Updated", object: note("81") },
      { step: 2, controller: "shop/ports", type: "Deleted", object: view(81) },
      { step: 2, controller: "shop/notes", type: "Deleted", object: note("81") },
    ]);
  });

  test("prints YAML documents of the same content, without views where asked", async () => {
    const { out } = await run({ input: [objects], output: "yaml", views: false });
    expect(parseAllDocuments(out).map((document) => document.toJS() as unknown)).toEqual([
      { step: 0, controller: "shop/notes", type: "Added", object: note("80") },
    ]);
  });

  test("says which object was left out, where it is written, by which expression, and that it is back", async () => {
    const bad = write("bad.yaml", shopObjects.replace("port: 80", "port: eighty"));
    const left = await run({ input: [bad] });
    const fault =
      /^Service default\/till \(.*bad\.yaml:3\).* is left out by shop\/notes: .*operator\.yaml:32:36: spec\.controllers\[1\]\.pipeline\[1\]\.@project\.data\.port\.@string\.@add/;
    expect(left.code).toBe(2);
    expect(left.err).toEqual([expect.stringMatching(fault)]);
    expect(lines(left.out)).toHaveLength(1);

    const deltas = write(
      "heal.yaml",
      `{ type: Updated, object: ${JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "till", labels: { shop: "open" } }, spec: { ports: [{ port: 1 }] } })} }`,
    );
    const healed = await run({ input: [bad], deltas: [deltas] });
    expect(healed.code).toBe(0);
    expect(healed.err[1]).toMatch(/^step 1: Service default\/till .* is no longer left out by shop\/notes$/);
  });

  test("traces an object through stages and views", async () => {
    const { out } = await run({ input: [objects], trace: "service/default/till" });
    const traces = lines(out) as {
      controller: string;
      source: string;
      stages: { operation: string; rows: unknown[] }[];
    }[];
    expect(
      traces.map(({ controller, source, stages }) => [
        controller,
        source,
        ...stages.map(({ operation, rows }) => `${operation} ${rows.length}`),
      ]),
    ).toEqual([
      ["shop/ports", "Service", "@select 1", "@unwind 1", "@project 1"],
      ["shop/notes", "PortView", "@join 1", "@project 1"],
    ]);
    expect(traces[1]).toMatchObject({
      stages: [
        {
          place: expect.stringMatching(/operator\.yaml:27:11: spec\.controllers\[1\]\.pipeline\[0\]\.@join$/) as string,
        },
        {},
      ],
      target: [{ data: { port: "80", at: now } }],
    });
  });

  test("explains an object through views: what it comes of, and what comes of it", async () => {
    const target = await run({ input: [objects], explain: "configmap/default/till-0" });
    expect(target.out).toBe(`ConfigMap default/till-0 is wanted by shop/notes
  because of
    PortView default/till-0, a view of shop/ports
      Service default/till
    EndpointSlice default/any
`);
    const source = await run({ input: [objects], explain: "Service/default/till" });
    expect(source.out).toBe(`Service default/till is read as core/*/Service
  shop/ports makes of it
    PortView default/till-0
  shop/notes makes of it
    ConfigMap default/till-0
`);
    const bad = write("explained.yaml", shopObjects.replace("port: 80", "port: eighty"));
    const left = await run({ input: [bad], explain: "Service/default/till" });
    expect(left.out).toMatch(
      / {2}shop\/notes makes of it\n {4}nothing\n {2}left out by shop\/notes: spec\.controllers\[1\].*@add/,
    );
  });

  test("says which objects nobody reads", async () => {
    const more = write(
      "more.yaml",
      `${shopObjects}---
apiVersion: v1
kind: Pod
metadata: { name: p }
---
apiVersion: shop.view.dcontroller.io/v1alpha1
kind: PortView
metadata: { name: v }
`,
    );
    const { err } = await run({ input: [more] });
    expect(err).toEqual([
      "note: v1 Pod is read by no source: 1 object is passed over",
      "note: shop.view.dcontroller.io/v1alpha1 PortView is a view that a controller computes: 1 object is passed over",
    ]);
  });

  test("a bare spec is an operator of the name that is given, a List of Operators is several", async () => {
    const bare = write(
      "bare.yaml",
      "controllers: [{ name: c, sources: [{ apiGroup: '', kind: Service }], target: { kind: V } }]\n",
    );
    const first = await run({ filename: [bare], operator: "mine", input: [objects] });
    expect(lines(first.out)).toMatchObject([
      { controller: "mine/c", object: { apiVersion: "mine.view.dcontroller.io/v1alpha1" } },
    ]);
    const list = write(
      "list.yaml",
      `kind: OperatorList\nitems:\n  - ${shopOperator.replaceAll("\n", "\n    ").trim()}\n`,
    );
    expect(lines((await run({ filename: [list], input: [objects] })).out)).toHaveLength(2);
  });

  test.each([
    ["an operator that does not exist", { filename: ["/nowhere.yaml"] }, "/nowhere.yaml: there is no such file"],
    [
      "a file without an operator",
      { filename: [objects] },
      `${objects}: there is no Operator (dcontroller.io/v1alpha1) in it`,
    ],
    [
      "a pipeline with faults",
      {
        filename: [
          write("faulty.yaml", shopOperator.replace("@select", "@selct").replace("$.spec.ports.port", "$.a-b")),
        ],
      },
      /faulty\.yaml:12:11: spec\.controllers\[0\]\.pipeline\[0\]\.@selct: there is no operation @selct.*\n.*faulty\.yaml:17:13: spec\.controllers\[0\]\.pipeline\[2\]\.@project\.port: .*\(jsonpath\)$/,
    ],
    [
      "two operators of a name",
      { filename: [operator, write("again.yaml", shopOperator)] },
      /again\.yaml:4:3: metadata\.name: an operator shop is also at .*operator\.yaml:5:1/,
    ],
    ["text that is not YAML", { filename: [write("broken.yaml", "a: [1, 2\nb: 3\n")] }, /broken\.yaml:2:1: /],
    [
      "an object without a name",
      { input: [write("nameless.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {}\n")] },
      /nameless\.yaml:3: metadata\.name is missing/,
    ],
    [
      "an object twice",
      { input: [objects, write("twice.yaml", shopObjects)] },
      /twice\.yaml:3: metadata\.name names the Service default\/till, which is also at .*objects\.yaml:3/,
    ],
    [
      "a delta of a type that there is not",
      { deltas: [write("odd.yaml", "- { type: Deletd, object: {} }\n")] },
      /odd\.yaml:1:5: \[0\]\.type is "Deletd"; it must be .*\(Deleted\?\)/,
    ],
    [
      "a delta without an object",
      { deltas: [write("none.yaml", "type: Added\n")] },
      /none\.yaml:1:1: object is .*must be a Kubernetes object/,
    ],
    ["a time that is none", { now: "noon" }, 'error: --now: "noon" is no time'],
    ["a trace of nothing", { trace: "Service" }, 'error: --trace: "Service" names no object'],
    ["two questions at once", { trace: "A/b", explain: "A/b" }, "error: --trace and --explain print something else"],
    ["an explanation of nothing", { explain: "Pod/default/x" }, "error: --explain: Pod default/x is neither wanted"],
    [
      "a trace of an object that is not there",
      { trace: "Service/default/x" },
      "error: --trace: there is no Service default/x",
    ],
  ])("%s is an error that names it", async (_name, options: Partial<RunOptions>, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});
