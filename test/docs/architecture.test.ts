import { existsSync, readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { importTable, rooms } from "../../tools/layers/rooms.ts";
import { root } from "../../tools/root.ts";

const architecture = readFileSync(`${root}ARCHITECTURE.md`, "utf8");
const folders = readdirSync(`${root}packages`).filter((name) => existsSync(`${root}packages/${name}/package.json`));

test("the import table in ARCHITECTURE.md is the one that the layer rules are made from", () => {
  expect(architecture).toContain(`\n${importTable()}\n`);
});

test("the packages are the rooms of the import table, and ARCHITECTURE.md describes each", () => {
  expect(folders.toSorted()).toEqual(Object.keys(rooms).toSorted());
  for (const name of folders) expect(architecture).toMatch(new RegExp(`^  ${name}/ +\\S`, "m"));
});

test.each(folders)("packages/%s says what it is for, and shares version and licence with the rest", (name) => {
  const read = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(root + file, "utf8")) as Record<string, unknown>;
  const manifest = read(`packages/${name}/package.json`);
  const workspace = read("package.json");
  expect(manifest["name"]).toBe(`@headgate/${name}`);
  expect(manifest["description"]).toMatch(/^[A-Z].{15,}\.$/);
  expect(manifest["version"]).toBe(workspace["version"]);
  expect(manifest["license"]).toBe("Apache-2.0");
});
