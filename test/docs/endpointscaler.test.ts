import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { tableRows } from "../../tools/docs/markdown.ts";
import { root } from "../../tools/root.ts";

const folder = `${root}docs/reference/`;
const rows = tableRows(readFileSync(`${folder}endpointscaler.md`, "utf8"), "EndpointScaler and Headgate");

test("each defect of EndpointScaler that is known has its row, and at least one test", () => {
  expect(rows.map(([number]) => number)).toEqual(Array.from({ length: 26 }, (_, i) => String(i + 1)));
  for (const [, , , shown = ""] of rows) expect(shown).toMatch(/^\[.+\]\(.+\)$/);
});

test("a test that a row names is in the file that it leads to", () => {
  const links = rows.flatMap(([, , , shown = ""]) => [...shown.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)]);
  expect(links.length).toBeGreaterThan(26);
  const missing = links.filter(([, name = "", file = ""]) => {
    const isCase = /\.(yaml|txt)$/.test(file);
    return isCase ? !file.includes(`/${name}.`) : !readFileSync(resolve(folder, file), "utf8").includes(name);
  });
  expect(missing.map(([link]) => link)).toEqual([]);
});
