import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { unknownCommands } from "../../tools/docs/commands.ts";
import { repositoryFiles } from "../../tools/docs/files.ts";
import { brokenLinks } from "../../tools/docs/links.ts";
import { fences } from "../../tools/docs/markdown.ts";
import { commandExists, helpText, listedCommands } from "../../tools/docs/subcommands.ts";
import { root } from "../../tools/root.ts";

const documents = repositoryFiles(root, "*.md");
const read = (file: string): string => readFileSync(root + file, "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

test("every relative link in every document leads to a file, and every anchor to a heading", () => {
  expect(documents.length).toBeGreaterThan(5);
  expect(brokenLinks(root, documents)).toEqual([]);
});

test("every page is on the map of docs/README.md", () => {
  const map = read("docs/README.md");
  const pages = documents.filter((file) => /^docs\/.+\/.+\.md$/.test(file)).map((file) => file.slice("docs/".length));
  expect(pages.length).toBeGreaterThan(5);
  expect(pages.filter((page) => !map.includes(`](${page})`))).toEqual([]);
});

test("every command that a document shows exists", () => {
  const subcommands = commandExists() ? listedCommands(helpText([])) : [];
  const known = { scripts: Object.keys(scripts), subcommands };
  expect(documents.flatMap((file) => unknownCommands(read(file), known).map((why) => `${file}, ${why}`))).toEqual([]);
});

test("the README shows two commands first: one that starts everything, one that tests everything; CI runs the second", () => {
  const [first] = fences(read("README.md")).filter(({ language }) => language === "sh");
  const commands = first?.text.split("\n").flatMap((line) => /^npm \w+/.exec(line) ?? []);
  expect(commands).toEqual(["npm start", "npm test"]);
  expect(read(".ci/run")).toMatch(/^exec npm test\b/m);
  expect(scripts["test"]).toBe(scripts["check"]);
});
