import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { tableRows } from "../../tools/docs/markdown.ts";
import { root } from "../../tools/root.ts";

const page = readFileSync(`${root}docs/guides/install.md`, "utf8");

/** Each value by its path, with its default as JSON; an empty object is a value. */
function leaves(value: unknown, path: readonly string[] = []): readonly (readonly [path: string, value: string])[] {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value) : [];
  if (entries.length === 0) return [[path.join("."), JSON.stringify(value)]];
  return entries.flatMap(([name, below]) => leaves(below, [...path, name]));
}

test("the guide lists the values of the chart with their defaults, in the chart's order", () => {
  const values: unknown = parse(readFileSync(`${root}charts/headgate/values.yaml`, "utf8"));
  const documented = tableRows(page, "Values").map(([path, value]) => [path, value]);
  expect(documented).toEqual(leaves(values));
});

test("the guide builds the image of the version that the chart installs", () => {
  const { appVersion } = parse(readFileSync(`${root}charts/headgate/Chart.yaml`, "utf8")) as { appVersion: string };
  const tags = [...page.matchAll(/registry\.example\/headgate:(\S+)/g)].map(([, tag]) => tag);
  expect(new Set(tags)).toEqual(new Set([appVersion]));
});
