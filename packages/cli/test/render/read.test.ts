import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemLine, readManifests, readObjects } from "../../src/render/index.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(`${tmpdir()}/headgate-read-`);
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const pod = (name: string, namespace = ""): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n${namespace === "" ? "" : `  namespace: ${namespace}\n`}`;

test("files, folders and standard input, in the order in which they are named", async () => {
  writeFileSync(`${dir}/one.yaml`, pod("one"));
  mkdirSync(`${dir}/more/deeper`, { recursive: true });
  writeFileSync(`${dir}/more/b.yml`, pod("b"));
  writeFileSync(`${dir}/more/a.json`, JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }));
  writeFileSync(`${dir}/more/notes.txt`, "not a manifest");
  writeFileSync(`${dir}/more/deeper/c.yaml`, pod("c"));
  const sources = [`${dir}/one.yaml`, "-", `${dir}/more/`];
  const { objects, problems } = await readManifests(sources, () => Promise.resolve(pod("piped", "elsewhere")));
  expect(problems).toEqual([]);
  expect(objects.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`)).toEqual([
    "default/one",
    "elsewhere/piped",
    "default/a",
    "default/b",
  ]);
});

test("objects that live in no namespace get none", async () => {
  const text = "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: a}\n";
  const { objects } = await readManifests(["-"], () => Promise.resolve(text));
  expect(objects.map(({ metadata }) => metadata)).toEqual([{ name: "a" }]);
});

test("what is not there, an empty folder, and an object that is written twice are problems", async () => {
  mkdirSync(`${dir}/empty`);
  writeFileSync(`${dir}/one.yaml`, pod("one"));
  writeFileSync(`${dir}/two.yaml`, `# again\n${pod("one", "default")}`);
  const sources = [`${dir}/none.yaml`, `${dir}/empty`, `${dir}/one.yaml`, `${dir}/two.yaml`];
  const { problems } = await readManifests(sources);
  expect(problems.map(problemLine).map((line) => line.replaceAll(dir, ""))).toEqual([
    "/none.yaml: there is no such file or folder",
    "/empty: the folder has no .yaml, .yml or .json file",
    "/two.yaml:5: metadata.name names the Pod default/one, which is also at /one.yaml:1",
  ]);
});

test("an object's fields are found again by file and line", async () => {
  const text = `# first\n${pod("one")}---\n${pod("two")}  annotations:\n    envoy-router/port: "x"\n`;
  const { placeOf } = await readManifests(["-"], () => Promise.resolve(text));
  const ref = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "two" };
  expect(placeOf(ref, 'metadata.annotations["envoy-router/port"]')).toBe("standard input:12");
  expect(placeOf(ref)).toBe("standard input:7");
  expect(placeOf({ ...ref, name: "three" })).toBeUndefined();
});

test("all problems are in the message of the error", async () => {
  const reading = readObjects(["-"], () => Promise.resolve("kind: Pod\n"));
  await expect(reading).rejects.toThrow(/standard input:1: apiVersion is missing.*\n.*metadata is missing/s);
});
