import { existsSync, readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { tableRows } from "../../tools/docs/markdown.ts";
import { importTable, rooms } from "../../tools/layers/rooms.ts";
import { root } from "../../tools/root.ts";

interface Dependencies {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const architecture = readFileSync(`${root}ARCHITECTURE.md`, "utf8");
const decisions = tableRows(architecture, "Decisions", { code: "keep" })
  .map(([choice = ""]) => choice)
  .join("\n");
const folders = readdirSync(`${root}packages`).filter((name) => existsSync(`${root}packages/${name}/package.json`));

test("the import table in ARCHITECTURE.md is the one that the layer rules are made from", () => {
  expect(architecture).toContain(`\n${importTable()}\n`);
});

test("the packages are the rooms of the import table, and ARCHITECTURE.md describes each", () => {
  expect(folders.toSorted()).toEqual(Object.keys(rooms).toSorted());
  for (const name of folders) expect(architecture).toMatch(new RegExp(`^  ${name}/ +\\S`, "m"));
});

test("every npm package that the workspace depends on has its reason among the decisions, and none is there without need", () => {
  const manifests = ["package.json", ...folders.map((name) => `packages/${name}/package.json`)];
  const needed = manifests.flatMap((file) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(root + file, "utf8")) as Dependencies;
    return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  });
  const ours = (name: string): boolean => name.startsWith("@headgate/") || name.startsWith("@types/");
  const given = [...decisions.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  const notPackages = [...folders, "strictTypeChecked"];
  expect(given.filter((name) => !notPackages.includes(name)).toSorted()).toEqual(
    [...new Set(needed.filter((name) => !ours(name)))].toSorted(),
  );
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
