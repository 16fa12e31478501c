import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The files of the repository that match git patterns: tracked ones and new ones, not ignored ones, not deleted ones. */
export function repositoryFiles(base: string, ...patterns: readonly string[]): string[] {
  const list = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...patterns],
    {
      cwd: base,
      encoding: "utf8",
      maxBuffer: 64 << 20,
    },
  );
  return [...new Set(list.split("\0"))].filter((file) => file !== "" && existsSync(join(base, file))).toSorted();
}
