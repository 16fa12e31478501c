import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { casesIn, folderOf, readCase, rewriting, stableYaml } from "./case-files.ts";

export interface GoldenSuite {
  /** The folder of `<case>.in.yaml` and `<case>.out.yaml`. */
  readonly dir: string | URL;
  /** What the joint makes of a case's YAML documents. The value is written with sorted keys; options are fields of the input. */
  readonly run: (documents: readonly unknown[], name: string) => unknown;
}

/**
 * Declares one test for each case of a folder: what `run` makes of the input equals the output file.
 *
 * An input opens with a `#` sentence. With GOLDEN=write outputs are rewritten, and those without an input removed;
 * otherwise an output that is missing or has no input fails.
 */
export function goldenSuite({ dir, run }: GoldenSuite): void {
  const folder = folderOf(dir);
  const cases = casesIn(folder, ".in.yaml");
  const orphans = casesIn(folder, ".out.yaml").filter((name) => !cases.includes(name));
  describe(folder.replace(/^.*\/(?=packages\/|test\/)/, ""), () => {
    test("has cases, and no output without an input", () => {
      if (rewriting()) for (const name of orphans) rmSync(`${folder}${name}.out.yaml`);
      else expect(orphans).toEqual([]);
      expect(cases).not.toEqual([]);
    });
    test.each(cases)("%s", async (name) => {
      const { documents } = readCase(`${folder}${name}.in.yaml`);
      const actual = stableYaml(await run(documents, name));
      const path = `${folder}${name}.out.yaml`;
      if (rewriting()) writeFileSync(path, actual);
      if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run golden" and read what it wrote`);
      expect(actual).toBe(readFileSync(path, "utf8"));
    });
  });
}
