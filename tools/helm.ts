/** Where Helm is; `node tools/helm.ts` prints its path, and builds it first when there is none but Go is there. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What is built; a Helm on the PATH may be any 3. */
const version = "v3.22.0";
const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "headgate", `helm-${version}`);
const cached = join(folder, process.platform === "win32" ? "helm.exe" : "helm");

/** The path of a Helm 3: one on the PATH, else the one that was built before; undefined when there is neither. Builds nothing. */
export function findHelm(): string | undefined {
  if (answersAsHelm3("helm")) return "helm";
  return existsSync(cached) && answersAsHelm3(cached) ? cached : undefined;
}

function answersAsHelm3(program: string): boolean {
  const { status, stdout } = spawnSync(program, ["version", "--short"], { encoding: "utf8" });
  return status === 0 && stdout.startsWith("v3");
}

/** As {@link findHelm}, but builds one first when there is none and Go is there. */
export function provideHelm(): string | undefined {
  return findHelm() ?? buildHelm();
}

/** Builds Helm from the Go module proxy into the user's cache; says what it does on standard error. */
function buildHelm(): string | undefined {
  if (spawnSync("go", ["version"]).status !== 0) {
    console.error("helm: neither Helm 3 nor Go is on the PATH; the tests of the chart will be skipped");
    return undefined;
  }
  console.error(`helm: building helm.sh/helm/v3 ${version} into ${folder}, once; it takes a few minutes`);
  const { status } = spawnSync("go", ["install", `helm.sh/helm/v3/cmd/helm@${version}`], {
    // Outside any module, so that nothing of this folder decides how it is built.
    cwd: homedir(),
    env: { ...process.env, GOBIN: folder, GOFLAGS: "" },
    stdio: ["ignore", 2, 2],
  });
  if (status === 0) return cached;
  console.error("helm: the build failed; the tests of the chart will be skipped");
  return undefined;
}

if (import.meta.main) {
  const helm = provideHelm();
  if (helm !== undefined) console.log(helm);
}
