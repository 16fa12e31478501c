/** Type-checks every project with TypeScript 7: all sources, all tests, and each pure package alone without any ambient type. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = `${root}node_modules/typescript-7/bin/tsc`;
const projects = [
  "tsconfig.json",
  "tsconfig.test.json",
  ...["delta", "api", "views"].map((p) => `packages/${p}/tsconfig.json`),
];

let failed = false;
for (const project of projects) {
  if (!existsSync(root + project)) throw new Error(`${project} is missing`);
  const { status } = spawnSync(process.execPath, [tsc, "-p", root + project], { stdio: "inherit" });
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
