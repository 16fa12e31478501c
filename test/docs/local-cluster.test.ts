import { readFileSync } from "node:fs";
import { startApiServer } from "@headgate/local";
import { expect, test } from "vitest";
import { tableRows } from "../../tools/docs/markdown.ts";
import { root } from "../../tools/root.ts";

const page = readFileSync(`${root}docs/reference/local-cluster.md`, "utf8");
const source = (file: string): string => readFileSync(`${root}packages/local/src/${file}`, "utf8");

interface Discovered {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly kind: string }[];
}

test("the reference lists the kinds that the API server has built in", async () => {
  const server = await startApiServer({ definitions: [] });
  try {
    const read = async (path: string): Promise<unknown> => (await fetch(server.url + path)).json();
    const { groups } = (await read("/apis")) as { groups: { versions: { groupVersion: string }[] }[] };
    const paths = groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`));
    const found = await Promise.all(["/api/v1", ...paths].map(async (path) => (await read(path)) as Discovered));
    const kinds = found.flatMap(({ groupVersion, resources }) =>
      resources.filter(({ name }) => !name.includes("/")).map(({ kind }) => [kind, groupVersion]),
    );
    expect(tableRows(page, "The API server").toSorted()).toEqual(kinds.toSorted());
  } finally {
    await server.close();
  }
});

test("the reference lists the variables that the sample app reads", () => {
  const read = [...source("echo/settings.ts").matchAll(/"(ECHO_[A-Z_]+)"/g)].map(([, name]) => name);
  const listed = tableRows(page, "The sample app").map(([name]) => name);
  expect(listed.toSorted()).toEqual([...new Set(read)].toSorted());
});

test("the reference lists the fields of an image's rule", () => {
  const [, rule = ""] = /interface ImageRule \{(.*?)\n\}/s.exec(source("runner/images.ts")) ?? [];
  const fields = [...rule.matchAll(/readonly (\w+)\?:/g)].map(([, name]) => name);
  expect(tableRows(page, "Images").map(([name]) => name)).toEqual(fields);
});
