import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { repositoryFiles } from "../../tools/docs/files.ts";
import { hygieneComplaints } from "../../tools/docs/hygiene.ts";
import { root } from "../../tools/root.ts";

test("every source file is named for what it holds, fits on a few screens and is finished", () => {
  const files = repositoryFiles(root, "packages/**/*.ts", "test/**/*.ts", "tools/**/*.ts", "tools/*.mjs");
  expect(files.length).toBeGreaterThan(30);
  expect(files.flatMap((file) => hygieneComplaints(root, file))).toEqual([]);
});

test("the stand-in API server is lean", () => {
  const files = repositoryFiles(root, "packages/local/src/server/**/*.ts", "packages/local/src/schema/**/*.ts");
  // Gateway API's schemas are data: they grow with the API, not with the server.
  const programs = files.filter((file) => !file.includes("/gateway-api/"));
  const lines = programs.flatMap((file) => readFileSync(root + file, "utf8").split("\n"));
  const code = lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line));
  expect(files.length).toBeGreaterThan(30);
  expect(code.length).toBeLessThan(5_000);
});

test("the lockfile names no host, so that every machine asks its own registry", () => {
  const lock = readFileSync(`${root}package-lock.json`, "utf8");
  const hosts = new Set([...lock.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map(([, host]) => host));
  expect([...hosts]).toEqual([]);
});
