/** Where the programs of a real control plane are; they are built from Go modules when nobody has them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Paths of programs that run. */
export interface ControlPlanePrograms {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
}

export interface FindOptions {
  /** Told what is built and how long it took. */
  readonly say: (line: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends a build that is under way. */
  readonly signal?: AbortSignal;
}

/** The Go module whose `go.mod` and `go.sum` say exactly what is built. A folder of the repository. */
const controlPlaneModule = fileURLToPath(new URL("../../../../test/rigs/kubernetes/", import.meta.url));

const names = {
  etcd: { file: "etcd", package: "go.etcd.io/etcd/server/v3" },
  apiServer: { file: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
  controllerManager: { file: "kube-controller-manager", package: "k8s.io/kubernetes/cmd/kube-controller-manager" },
  scheduler: { file: "kube-scheduler", package: "k8s.io/kubernetes/cmd/kube-scheduler" },
} as const;

/**
 * The programs of the control plane: those of `KUBEBUILDER_ASSETS` when that is set, else those of the user's cache, which are
 * built with the Go toolchain first when they are missing. Throws when `KUBEBUILDER_ASSETS` lacks one of etcd and kube-apiserver,
 * when there is no Go, and when a build fails.
 *
 * setup-envtest brings only etcd, kube-apiserver and kubectl: what is missing there is built.
 */
export async function controlPlanePrograms(options: FindOptions): Promise<ControlPlanePrograms> {
  const { env = process.env } = options;
  const assets = env["KUBEBUILDER_ASSETS"];
  const found: Record<string, string> = {};
  if (assets !== undefined && assets !== "") {
    for (const [role, { file }] of Object.entries(names)) {
      const path = join(assets, file);
      if (existsSync(path)) found[role] = path;
      else if (role === "etcd" || role === "apiServer")
        throw new Error(
          `KUBEBUILDER_ASSETS is ${assets}, which has no ${file}: unset it, or let it name a folder that has one`,
        );
    }
  }
  const missing = Object.entries(names).filter(([role]) => found[role] === undefined);
  if (missing.length > 0) {
    const versions = await moduleVersions();
    const folder = join(cacheFolder(env), `kubernetes-${versions.kubernetes}-etcd-${versions.etcd}`);
    for (const [role, { file, package: path }] of missing) {
      const flags = ["-ldflags", stamp(versions.kubernetes), "-o"];
      const args = (target: string): string[] => ["build", "-trimpath", ...flags, target, path];
      found[role] = await builtOnce(join(folder, file), { ...options, args, cwd: controlPlaneModule });
    }
  }
  return found as unknown as ControlPlanePrograms;
}

/**
 * A program of a Go module that can be installed as it is, like `github.com/projectcontour/contour/cmd/contour`, at a version.
 * Built once into the user's cache.
 */
export function installedProgram(path: string, version: string, options: FindOptions): Promise<string> {
  const { env = process.env } = options;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return builtOnce(join(cacheFolder(env), `${name}-${version}`, name), {
    ...options,
    args: () => ["install", "-trimpath", "-ldflags", "-s -w", `${path}@${version}`],
    // Outside any module, so that nothing of this folder decides how it is built.
    cwd: homedir(),
  });
}

/** Where what is slow to get is kept, outside any checkout. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "headgate");
}

interface Build extends FindOptions {
  /** Of `go`, which must leave the program at this path or, as `go install`, in its folder. */
  readonly args: (target: string) => readonly string[];
  readonly cwd: string;
}

/** Two builds of one program at the same time do not disturb each other: each has a folder of its own until it is done. */
async function builtOnce(program: string, { say, args, cwd, env = process.env, signal }: Build): Promise<string> {
  if (existsSync(program)) return program;
  await mkdir(dirname(program), { recursive: true });
  const workshop = await mkdtemp(join(dirname(program), "building-"));
  const name = program.slice(dirname(program).length + 1);
  const made = join(workshop, name);
  say(`building ${name} into ${dirname(program)}, once; this can take minutes`);
  const start = performance.now();
  try {
    await runGo(args(made), {
      cwd,
      env: { ...env, CGO_ENABLED: "0", GOFLAGS: "", GOBIN: workshop },
      ...(signal !== undefined && { signal }),
    });
    await rename(made, program);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  say(`built ${name} in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return program;
}

interface GoOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

async function runGo(args: readonly string[], options: GoOptions): Promise<void> {
  const go = spawn("go", args, { ...options, stdio: ["ignore", 2, 2] });
  let code: unknown;
  try {
    [code] = (await once(go, "exit")) as [number | null];
  } catch (cause) {
    if (options.signal?.aborted === true) throw new Error("the build was broken off", { cause });
    throw new Error("Go is needed to build a Kubernetes control plane: install it, or set KUBEBUILDER_ASSETS", {
      cause,
    });
  }
  if (code !== 0) throw new Error(`go ${args.join(" ")} failed in ${options.cwd}`);
}

async function moduleVersions(): Promise<{ kubernetes: string; etcd: string }> {
  const file = join(controlPlaneModule, "go.mod");
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`${file} is missing: build from a clone of the repository, or set KUBEBUILDER_ASSETS`, { cause });
  });
  const versionOf = (path: string): string => {
    const version = new RegExp(String.raw`^\s*${path.replaceAll(".", String.raw`\.`)} (v\S+)`, "m").exec(text)?.[1];
    if (version === undefined) throw new Error(`${file} does not require ${path}`);
    return version;
  };
  return { kubernetes: versionOf("k8s.io/kubernetes"), etcd: versionOf("go.etcd.io/etcd/server/v3") };
}

/** Without it the servers say that they are v0.0.0, and clients stumble. */
function stamp(version: string): string {
  const [major = "", minor = ""] = version.slice(1).split(".");
  const set = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(set).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-s", "-w", ...flags].join(" ");
}
