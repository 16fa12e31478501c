import { readFileSync } from "node:fs";
import { extensions, Pipelines, readOperators } from "@headgate/pipeline";
import { expect, test } from "vitest";
import { fences, tableRows } from "../../tools/docs/markdown.ts";
import { root } from "../../tools/root.ts";
import { shapes } from "../../packages/pipeline/src/expression/operators.ts";
import { reasons } from "../conformance/pipelines/rules.ts";

const page = readFileSync(`${root}docs/reference/pipelines.md`, "utf8");

test("every operator is in the table, and every one in the table exists; a + marks those of our own", () => {
  const cells = tableRows(page, "Operators", { code: "keep" }).map(([cell = ""]) => cell);
  const listed = cells.flatMap((cell) => [...cell.matchAll(/`(@\w+)`( \+)?/g)]);
  expect(listed.map(([, name]) => name).toSorted()).toEqual(Object.keys(shapes).toSorted());
  const ours = listed.flatMap(([, name, plus]) => (plus === undefined ? [] : [name]));
  expect(ours.toSorted()).toEqual(extensions.toSorted());
});

test("every deviation is in the table by its name and its rule", () => {
  const rows = tableRows(page, "Where it differs").map(([name = "", ours = ""]) => `${name}: ${ours}`);
  for (const [name, reason] of Object.entries(reasons)) expect(rows).toContain(`${name}: ${reason}`);
  const names = new Set(rows.map((row) => row.replace(/:.*/, "")));
  expect([...names].filter((name) => !(name in reasons))).toEqual([]);
});

test("the example is an operator without fault", () => {
  const [example] = fences(page).filter(({ language }) => language === "yaml");
  const { controllers, faulty } = readOperators(example?.text ?? "");
  expect([controllers.length, faulty]).toEqual([1, []]);
  expect(new Pipelines(controllers, { now: "" }).feeds).toHaveLength(1);
});
