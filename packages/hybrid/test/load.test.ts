import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";

import { loadPipelines, parsePipelines, SpecError } from "../src/index.ts";
import { configMap, sizes } from "./objects.ts";

async function fileOf(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hybrid-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

const biggest = `
apiVersion: dcontroller.io/v1alpha1
kind: Operator
metadata: { name: other }
spec:
  controllers:
    - name: copies
      sources: [{ apiGroup: operator.view.dcontroller.io, kind: Size }]
      target: { kind: Copy }
`;

test("a bare spec and an Operator of several files share their views", async () => {
  const files = [await fileOf("a.yaml", sizes), pathToFileURL(await fileOf("b.yaml", biggest))];
  const pipelines = await loadPipelines(files);
  pipelines.put(configMap("a", "1"));
  expect(pipelines.view("Copy").objects()).toEqual([
    {
      apiVersion: "other.view.dcontroller.io/v1alpha1",
      kind: "Copy",
      metadata: { name: "a", namespace: "default" },
      size: "1",
    },
  ]);
});

test("each fault of a file is named with its file and its place", async () => {
  const file = await fileOf("bad.yaml", sizes.replace("@select", "@choose").replace("kind: Size", "type: Sometimes"));
  const error: unknown = await loadPipelines(file).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(SpecError);
  expect((error as SpecError).problems).toMatchObject([
    { file, at: "controllers[0].pipeline[0].@choose" },
    { file, at: "controllers[0].target.kind", message: "a target has a kind" },
    { file, at: "controllers[0].target.type" },
  ]);
  expect((error as SpecError).message).toContain(`${file}: controllers[0].target.kind: a target has a kind\n`);
});

test("a target in the cluster and an operator twice are refused", () => {
  expect(() => parsePipelines(sizes.replace("kind: Size", 'kind: Secret\n      apiGroup: ""'))).toThrow(
    "controllers[0].target: a program has views for targets, as it has no Operator to remember what it wrote: leave out apiGroup and write Secret in a reconciler",
  );
  expect(() => parsePipelines(`${sizes}---${sizes}`)).toThrow(
    "controllers[0]: there is another controller operator/sizes",
  );
  expect(() => parsePipelines("a: 1")).toThrow("no operator");
});

test("a view that nobody has, or several have, is a mistake of the program", () => {
  const twice = parsePipelines(`${sizes}---${biggest.replace("Copy", "Size").replace("operator.view", "third.view")}`);
  expect(() => twice.view("Sizes")).toThrow("no operator has a view Sizes");
  expect(() => twice.view("Size")).toThrow("say which one's");
  expect(twice.view("Size", { operator: "other" }).objects()).toEqual([]);
});
