import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseManifests } from "../../src/render/parse-manifests.ts";
import { formatFieldPath, parseFieldPath } from "../../src/render/field-path.ts";
import { problemLine } from "../../src/render/index.ts";

function problemsOf(text: string): string[] {
  return parseManifests("pods.yaml", text).problems.map(problemLine);
}

describe("a malformed manifest is told by file, line and field", () => {
  const cases: readonly [what: string, text: string, problems: readonly string[]][] = [
    ["broken YAML", "apiVersion: v1\nkind: Pod\nmetadata: {name: a", ["pods.yaml:3: "]],
    ["a tab for indentation", "metadata:\n\tname: a\n", ["pods.yaml:2: "]],
    [
      "the same field twice",
      "kind: Pod\nkind: Pod\napiVersion: v1\nmetadata: {name: a}",
      ["pods.yaml:2: Map keys must be unique"],
    ],
    ["a text", "just words\n", ['pods.yaml:1: the document is "just words"; it must be a Kubernetes object']],
    ["a list", "- 1\n- 2\n", ["pods.yaml:1: the document is [1,2]; it must be a Kubernetes object"]],
    [
      "no fields that matter",
      "# a comment\nfoo: bar\n",
      [
        "pods.yaml:2: apiVersion is missing; it must be a string such as v1",
        "pods.yaml:2: kind is missing; it must be a string such as Pod",
        "pods.yaml:2: metadata is missing; it must be an object with a name",
      ],
    ],
    [
      "no name",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {}\n",
      ["pods.yaml:3: metadata.name is missing; it must be a string"],
    ],
    [
      "a number for a name",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: 7\n",
      ["pods.yaml:4: metadata.name is 7; it must be a string"],
    ],
    [
      "a label without quotes",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    app: a\n    envoy-router/enabled: true\n",
      ['pods.yaml:7: metadata.labels["envoy-router/enabled"] is true; it must be a string: put it in quotes'],
    ],
    [
      "yes and a number without quotes, which YAML 1.1 takes for more",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations: { envoy-router/strip-prefix: yes,\n    envoy-router/port: 80 }\n",
      [
        'pods.yaml:5: metadata.annotations["envoy-router/strip-prefix"] is true; it must be a string: put it in quotes',
        'pods.yaml:6: metadata.annotations["envoy-router/port"] is 80; it must be a string: put it in quotes',
      ],
    ],
    [
      "labels as a list",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: [a]\n",
      ['pods.yaml:5: metadata.labels is ["a"]; it must be an object of strings'],
    ],
    [
      "an owner without a uid",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  ownerReferences:\n    - {apiVersion: v1, kind: Node, name: node}\n",
      ["pods.yaml:6: metadata.ownerReferences[0].uid is missing; it must be a string"],
    ],
    [
      "a finalizer that is no text",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  finalizers: [1]\n",
      ["pods.yaml:5: metadata.finalizers[0] is 1; it must be a string"],
    ],
    [
      "the second item of a List in the second document",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Pod, metadata: {name: b}}\n  - apiVersion: v1\n    kind: Pod\n    metadata:\n      name: {}\n",
      ["pods.yaml:12: items[1].metadata.name is {}; it must be a string"],
    ],
    ["JSON cut short", '{"apiVersion": "v1",\n "kind": "Pod"', ["pods.yaml:2: "]],
    [
      "aliases without end",
      `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefg"
        .split("")
        .map(
          (c, i) =>
            `${c}: &${c} [${Array(9)
              .fill(`*${"abcdef"[i] ?? ""}`)
              .join(", ")}]\n`,
        )
        .join("")}`,
      ["pods.yaml:1: Excessive alias count"],
    ],
    ["an alias of nothing", "a: *b\n", ["pods.yaml:1: "]],
  ];
  test.each(cases)("%s", (_, text, problems) => {
    const found = problemsOf(text);
    expect(found).toHaveLength(problems.length);
    found.forEach((line, i) => {
      expect(line.slice(0, problems[i]?.length)).toBe(problems[i]);
    });
  });
});

test("one bad document does not hide the good ones", () => {
  const text =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nkind: Pod\n---\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n";
  const { manifests, problems } = parseManifests("f", text);
  expect(manifests.map(({ object }) => object.metadata.name)).toEqual(["a", "b"]);
  expect(problems).toHaveLength(2);
});

test("lists are flattened, also lists of lists and typed ones, and each field keeps its line", () => {
  const text = JSON.stringify(
    {
      apiVersion: "v1",
      kind: "List",
      items: [
        {
          apiVersion: "v1",
          kind: "PodList",
          items: [{ apiVersion: "v1", kind: "Pod", metadata: { name: "a", annotations: { "x/y": "z" } } }],
        },
      ],
    },
    null,
    1,
  );
  const [pod] = parseManifests("f.json", text).manifests;
  expect(pod?.object.metadata.name).toBe("a");
  const line = (field: string): number | undefined => pod?.lineOf(parseFieldPath(field));
  const lines = text.split("\n");
  expect(lines[(line('metadata.annotations["x/y"]') ?? 0) - 1]).toContain('"x/y"');
  expect(lines[(line("metadata.name") ?? 0) - 1]).toContain('"name"');
  expect(line("metadata.labels.none")).toBe(line("metadata"));
});

test("times stay text and null metadata is none", () => {
  const text =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: null, labels: null, deletionTimestamp: 2026-11-21T00:00:00Z}\n";
  const [pod] = parseManifests("f", text).manifests;
  expect(pod?.object.metadata).toEqual({ name: "a", deletionTimestamp: "2026-11-21T00:00:00Z" });
});

test("an empty file has nothing, and is no problem", () => {
  for (const text of ["", "\n", "# only a comment\n", "---\n---\n", "null\n"]) {
    expect(parseManifests("f", text)).toEqual({ manifests: [], problems: [] });
  }
});

test("any text gives objects or problems, never an exception", () => {
  const bits = fc.constantFrom(
    "a: ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!!binary ",
    "? ",
    "|",
    ">",
    "kind",
    "apiVersion: v1\n",
    "metadata: {name: x}\n",
    "<<: ",
    "---\n",
    '"',
    "'",
    "%",
    "@",
    "!<x> ",
    "\t",
    "1:2:3",
    "0x",
    ".inf",
    "é",
    "\u0000",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(bits, { maxLength: 20 }).map((parts) => parts.join("")),
      ),
      (text) => {
        const { problems } = parseManifests("f", text);
        for (const { line, message } of problems) expect(line === undefined || line >= 1, message).toBe(true);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a field path is read as it is written", () => {
  expect(parseFieldPath('metadata.annotations["envoy-router/port"]')).toEqual([
    "metadata",
    "annotations",
    "envoy-router/port",
  ]);
  expect(parseFieldPath("status.podIPs[0].ip")).toEqual(["status", "podIPs", 0, "ip"]);
  const part = fc.oneof(fc.nat(99), fc.string({ minLength: 1 }));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1 }), (path) => {
      expect(parseFieldPath(formatFieldPath(path))).toEqual(path);
    }),
  );
});
