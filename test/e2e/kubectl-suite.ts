import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { changingVerbs } from "./kubectl-changes.ts";
import { type Done, type Kubectl, mainVerbs } from "./kubectl-verbs.ts";

const missing = spawnSync("kubectl", ["version", "--client"]).status !== 0;

/** An API server without controllers: kubectl alone writes to it. */
export interface KubectlRig {
  readonly name: string;
  open(): Promise<{ readonly kubeconfig: string; close(): Promise<void> }>;
  /** Tests of what is the rig's own. */
  readonly more?: (kubectl: Kubectl) => void;
}

/** Drives an API server with kubectl. Without kubectl everything is skipped, and the name says so. */
export function kubectlSuite(rig: KubectlRig): void {
  describe.skipIf(missing)(missing ? `${rig.name} (skipped: kubectl is not on the PATH)` : rig.name, () => {
    verbs(rig);
  });
}

function verbs(rig: KubectlRig): void {
  let close: (() => Promise<void>) | undefined;
  let folder: string;
  let config: string;
  let files = 0;

  /** Runs kubectl until it ends; `stdin` is its standard input. */
  const run = (args: readonly string[], { stdin = "", editor = "true" } = {}): Promise<Done> =>
    new Promise((resolve) => {
      const child = spawn("kubectl", ["--kubeconfig", config, "--cache-dir", join(folder, "cache"), ...args], {
        env: { ...process.env, KUBE_EDITOR: editor, KUBECONFIG: config },
      });
      let out = "";
      let err = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
      child.on("close", (code) => {
        resolve({ code, out, err });
      });
      child.stdin.end(stdin);
    });
  const k = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await run(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${err}${out}`);
    return out.trim();
  };
  const file = async (text: string): Promise<string> => {
    files += 1;
    const path = join(folder, `${files}.yaml`);
    await writeFile(path, text);
    return path;
  };
  const status = (path: readonly string[], body: unknown): Promise<string> =>
    k("patch", ...path, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status: body }));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubectl-"));
    config = join(folder, "config");
    const opened = await rig.open();
    close = () => opened.close();
    await writeFile(config, opened.kubeconfig, { mode: 0o600 });
  });
  afterAll(async () => {
    await close?.();
    await rm(folder, { recursive: true, force: true });
  });
  const inNamespace = async (name: string): Promise<(...args: string[]) => Promise<string>> => {
    await run(["create", "-f", "-"], {
      stdin: JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
    });
    return (...args) => k("-n", name, ...args);
  };

  const kubectl: Kubectl = { run, k, inNamespace, file, status, config: () => config };
  mainVerbs(kubectl);
  changingVerbs(kubectl);
  rig.more?.(kubectl);
}
