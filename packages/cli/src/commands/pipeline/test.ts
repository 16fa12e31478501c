import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { Command } from "commander";

import { runCase } from "../../pipeline/test/run-case.ts";
import { UsageError } from "../../usage-error.ts";
import { say } from "./said.ts";
import type { Said } from "./said.ts";

/** `headgate pipeline test`: golden files of the user's own; exit code 1 when one failed. */
export function testCommand(): Command {
  return new Command("test")
    .description("run tests of pipelines: files that say what goes in and what is to come out")
    .argument("[paths...]", "tests, or folders whose files *.test.yaml are tests, deeper ones too (default: .)")
    .option("--update", "write what comes out into the tests", false)
    .action(async (paths: readonly string[], options: { readonly update: boolean }) => {
      say(await testPipelines(paths, options));
    });
}

/** What `headgate pipeline test` says. Throws a UsageError when there is nothing to test. */
export async function testPipelines(paths: readonly string[], { update }: { readonly update: boolean }): Promise<Said> {
  const given = paths.length === 0 ? ["."] : paths;
  const files = (await Promise.all(given.map(testsIn))).flat();
  if (files.length === 0) throw new UsageError(`error: there is no file *.test.yaml in ${given.join(", ")}`);
  const outcomes = await Promise.all([...new Set(files)].map((file) => runCase(file, { update })));
  const words = { passed: "ok  ", failed: "FAIL", updated: "new " };
  const lines = outcomes.flatMap(({ file, result, lines: more }) => [
    `${words[result]} ${file}`,
    ...more.map((line) => `     ${line}`),
  ]);
  const count = (wanted: string): number => outcomes.filter(({ result }) => result === wanted).length;
  const updated = count("updated") > 0 ? `, ${count("updated")} updated` : "";
  const summary = `${count("passed")} passed, ${count("failed")} failed${updated}`;
  return { out: `${[...lines, summary].join("\n")}\n`, err: [], code: count("failed") > 0 ? 1 : 0 };
}

async function testsIn(path: string): Promise<readonly string[]> {
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    throw new UsageError(
      `error: ${path}: ${error.code === "ENOENT" ? "there is no such file or folder" : error.message}`,
    );
  }
  if (!folder) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.test\.ya?ml$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !file.includes("node_modules"))
    .sort();
}
