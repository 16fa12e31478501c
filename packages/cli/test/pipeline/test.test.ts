import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";

import { testPipelines } from "../../src/commands/pipeline/test.ts";
import { diff } from "../../src/pipeline/test/diff.ts";
import { shopObjects, shopOperator, written } from "./operators.ts";

const write = written();
const operator = write("operator.yaml", shopOperator);
write("objects.yaml", shopObjects);
const inline = `# The shop.
operator: operator.yaml   # beside this file
input:
  - objects.yaml
  - { apiVersion: v1, kind: Service, metadata: { name: mill, labels: { shop: open } }, spec: { ports: 7 } }
deltas:
  - { type: Deleted, object: { apiVersion: v1, kind: Service, metadata: { name: till } } }
views: false
`;
const run = (paths: readonly string[], update = false) => testPipelines(paths, { update });

describe("headgate pipeline test", () => {
  test("a test is written by --update, passes then, and fails with a diff when something else comes out", async () => {
    const file = write("shop.test.yaml", `${inline}expected: {}\n# The end.\n`);
    const failed = await run([file]);
    expect(failed.code).toBe(1);
    expect(failed.out).toContain("\n     + ");
    expect(failed.out).toMatch(/\n0 passed, 1 failed\n$/);
    expect(readFileSync(file, "utf8")).toBe(`${inline}expected: {}\n# The end.\n`);

    expect(await run([file], true)).toEqual({ out: `new  ${file}\n0 passed, 0 failed, 1 updated\n`, err: [], code: 0 });
    const updated = readFileSync(file, "utf8");
    expect(updated.startsWith(inline)).toBe(true);
    expect(updated.endsWith("# The end.\n")).toBe(true);
    expect(updated).toContain('at: "2026-01-01T00:00:00Z"');
    expect(updated).toContain(
      "Service default/mill is left out by shop/ports: spec.controllers[0].pipeline[1].@unwind",
    );
    expect(updated).not.toContain("PortView");
    expect(await run([file])).toEqual({ out: `ok   ${file}\n1 passed, 0 failed\n`, err: [], code: 0 });

    const changed = write("shop.test.yaml", updated.replace('port: "80"', 'port: "81"'));
    const { out } = await run([changed]);
    expect(out).toMatch(/\n {5}- .*port: "81"\n {5}\+ .*port: "80"\n/);
    expect(readdirSync(dirname(file)).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  test("what is expected may be in a file of its own, which need not be there yet; the order of fields is no difference", async () => {
    const file = write("apart.test.yaml", "operator: operator.yaml\ninput: objects.yaml\nexpected: apart.yaml\n");
    expect((await run([file])).code).toBe(1);
    expect((await run([file], true)).code).toBe(0);
    const apart = file.replace(".test", "");
    write("apart.yaml", readFileSync(apart, "utf8").replace(/(\s+name: till-0)(\s+namespace: default)/, "$2$1"));
    expect((await run([file])).out).toMatch(/^ok /);
  });

  test("what --update writes is read as what it was: texts that YAML 1.1 takes for something else are quoted", async () => {
    const texts = [
      "yes",
      "y",
      "off",
      "012",
      "1_000",
      "1:30",
      "2026-01-01",
      "0x1f",
      "~",
      "null",
      "=",
      "<<",
      "1.",
      ".5",
      "# a",
      "a: b",
      "",
      " x",
    ];
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "s", namespace: "n" }, spec: { texts } };
    const spec = { controllers: [{ name: "c", sources: [{ apiGroup: "", kind: "Service" }], target: { kind: "V" } }] };
    const file = write(
      "texts.test.yaml",
      JSON.stringify({ operator: spec, input: [service] }).replace(/\}$/, ', "expected": {}}'),
    );
    expect((await run([file])).code).toBe(1);
    const block = write("block.test.yaml", `operator: ${JSON.stringify(spec)}\ninput: [${JSON.stringify(service)}]\n`);
    expect((await run([block], true)).code).toBe(0);
    expect((await run([block])).out).toMatch(/^ok /);
  });

  test("a folder is all its *.test.yaml; the operator may stand in the test itself", async () => {
    const file = write(
      "inline.test.yaml",
      "operator: { controllers: [{ name: c, sources: [{ apiGroup: '', kind: Service }], target: { kind: V } }] }\n",
    );
    expect((await run([dirname(file)])).out).toContain(`ok   ${file}\n`);
  });

  test.each([
    ["a field that there is not", "operatr: x.yaml\n", /:1:1: operatr is no field of a test: operator, input/],
    ["no operator", "input: []\n", /:1:1: operator is missing/],
    [
      "a file that is not there",
      `operator: ${operator.replace(/.*\//, "")}\ninput: [none.yaml]\n`,
      /:2:9: .*none\.yaml: there is no such file/,
    ],
    [
      "a faulty pipeline",
      "operator:\n  controllers: [{ name: c, sources: [], target: { kind: V } }]\n",
      /:2:28: controllers\[0\]\.sources: a controller has a source/,
    ],
    ["a faulty delta", "operator: operator.yaml\ndeltas: [{ type: Gone }]\n", /:2:12: type is "Gone"; it must be/],
    ["a faulty object", "operator: operator.yaml\ninput: [{ kind: Pod }]\n", /:2: apiVersion is missing/],
    ["a time that is none", "operator: operator.yaml\nnow: noon\n", /:2:1: now is "noon"; it must be a time/],
  ])("a test with %s fails with its place, is not updated, and others go on", async (_name, text, message) => {
    const file = write("wrong.test.yaml", text);
    const good = write("good.test.yaml", "operator: operator.yaml\n");
    const { out, code } = await run([file, good], true);
    expect(code).toBe(1);
    expect(out).toMatch(message);
    expect(out).toMatch(/1 passed, 1 failed\n$/);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("nothing to test is an error", async () => {
    await expect(run(["/nowhere"])).rejects.toThrow("error: /nowhere: there is no such file or folder");
  });
});

test("a diff shows what differs, with little around it", () => {
  const before = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
  const after = ["a", "b", "c", "X", "e", "f", "g", "h", "i", "k", "l"];
  expect(diff(before.join("\n"), after.join("\n"))).toEqual([
    "  b",
    "  c",
    "- d",
    "+ X",
    "  e",
    "  f",
    "  ...",
    "  h",
    "  i",
    "- j",
    "  k",
    "+ l",
  ]);
  expect(diff("a", "a")).toEqual([]);
});
