// Plain JavaScript, so that any Node from 20 on can run it before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}node_modules/.headgate-installed`;
const wanted = createHash("sha256")
  .update(readFileSync(`${root}package-lock.json`))
  .digest("hex");

/** The Node that the lockfile pins. Where install scripts are switched off its binary is missing, and the scripts would meet an older Node. */
function pinnedNodeWorks() {
  const { status } = spawnSync("node_modules/.bin/node", ["--version"], {
    cwd: root,
    shell: process.platform === "win32",
  });
  return status === 0;
}

const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";

if (installed !== wanted) {
  console.log("headgate: installing dependencies (npm ci), once");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, wanted);
}

if (!pinnedNodeWorks()) {
  console.error(
    "headgate: the npm package `node` did not install its binary; allow its install script (`npm config get ignore-scripts`)",
  );
  process.exit(1);
}
