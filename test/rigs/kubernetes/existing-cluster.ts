/** `USE_EXISTING_CLUSTER=true`: the suites that any cluster can hold run on the one of the current kubeconfig, and clean up. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { parse } from "yaml";

import { OpError } from "@headgate/api";
import type { ResourceType } from "@headgate/api";
import { accessFromKubeconfig, connect, listAll, pause, systemClock } from "@headgate/kube";
import type { Client } from "@headgate/kube";

import { runLabel, runVariable } from "./shared-cluster.ts";

/** The first line of a suite that uses nothing but `adminAccess()` and namespaces of its own; any other may say what it needs. */
const anyCluster = "// Runs on any cluster.";
const needs = /^\/\/ Needs the rig: (.*)$/m;

/** Set to the name of the context by somebody who means it. */
const confirmation = "HEADGATE_TEST_CONTEXT";

export interface ExistingRun {
  /** The folder of the repository. */
  readonly root: string;
  /** What runs Vitest. */
  readonly command: readonly string[];
  readonly say: (line: string) => void;
}

/** Returns the exit status. Throws, before anything is written, when nobody has said that the cluster is one for tests. */
export async function runOnExistingCluster({ root, command, say }: ExistingRun): Promise<number> {
  const access = await accessFromKubeconfig();
  const context = currentContext(process.env);
  const refusal = refusalOf(context, access.server, process.env);
  if (refusal !== undefined) throw new Error(refusal);
  const run = randomUUID();
  say(
    `on the existing cluster of context ${context} at ${access.server}; what it makes is labelled ${runLabel}=${run}`,
  );
  const skipped = suitesThatNeedTheRig(root);
  const excludes = skipped.map(({ file }) => `--exclude=${file}`);
  const [program = "", ...args] = [...command, ...excludes];
  const child = spawn(program, args, { stdio: "inherit", cwd: root, env: { ...process.env, [runVariable]: run } });
  // However it is ended, what it has made is removed.
  const end = (): void => void child.kill();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  const [code] = (await once(child, "close")) as [number | null];
  const client = connect(access);
  try {
    await removeAll(client, `${runLabel}=${run}`, say);
  } finally {
    await client.close();
    for (const signal of signals) process.off(signal, end);
  }
  for (const { file, reason } of skipped) say(`skipped ${file}: ${reason}`);
  say(`${String(skipped.length)} files skipped, because they need what only this project's own rig has`);
  return code ?? 1;
}

/** Why the suites do not run there, in a sentence that says how they would; undefined when the cluster is one for tests. */
export function refusalOf(
  context: string,
  server: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const forTests = /^(kind-|k3d-|minikube|docker-desktop|rancher-desktop|orbstack|colima|microk8s)/.test(context);
  const here = /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(server).hostname);
  if (forTests || here || env[confirmation] === context) return undefined;
  return `context ${context} at ${server} does not look like a cluster for tests: set ${confirmation}=${context} if it is one`;
}

/** The one that kubectl would take. */
export function currentContext(env: Readonly<Record<string, string | undefined>>): string {
  const files = (env["KUBECONFIG"] ?? join(homedir(), ".kube/config")).split(delimiter);
  for (const file of files.filter((name) => name !== "" && existsSync(name))) {
    const config = parse(readFileSync(file, "utf8")) as { readonly "current-context"?: string } | null;
    const context = config?.["current-context"];
    if (context !== undefined && context !== "") return context;
  }
  return "(none)";
}

export interface Skipped {
  readonly file: string;
  readonly reason: string;
}

/** All suites of the real rig but those that say that they run on any cluster. */
export function suitesThatNeedTheRig(root: string): readonly Skipped[] {
  const files = globSync("test/**/*.kubernetes.test.ts", { cwd: root }).toSorted();
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    if (text.startsWith(anyCluster)) return [];
    return [{ file, reason: needs.exec(text)?.[1] ?? "it does not say that it runs on any cluster" }];
  });
}

const clusterKinds: readonly ResourceType[] = [
  { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
  ...(["ClusterRole", "ClusterRoleBinding"] as const).map((kind) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced: false,
  })),
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
  },
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass", plural: "gatewayclasses", namespaced: false },
];
const goneWithinMs = 120_000;

/** Removes what bears the label, and what is in namespaces that do. Returns when it is gone. */
async function removeAll(client: Client, labelSelector: string, say: (line: string) => void): Promise<void> {
  const deadline = AbortSignal.timeout(goneWithinMs);
  let removed = 0;
  for (const type of clusterKinds) {
    const asked = new Set<string>();
    for (;;) {
      const left = await namesOf(client, type, labelSelector);
      if (left.length === 0) break;
      if (deadline.aborted) throw new Error(`still there: ${left.map((name) => `${type.kind} ${name}`).join(", ")}`);
      for (const name of left.filter((one) => !asked.has(one))) {
        asked.add(name);
        removed += 1;
        await client.delete({ apiVersion: type.apiVersion, kind: type.kind, name });
      }
      await pause(systemClock, 200, deadline);
    }
  }
  say(
    `removed ${String(removed)} objects that the suites had not removed, or not waited for; nothing is left of this run`,
  );
}

async function namesOf(client: Client, type: ResourceType, labelSelector: string): Promise<readonly string[]> {
  try {
    const { items } = await listAll(client, type, { labelSelector });
    return items.map(({ metadata }) => metadata.name);
  } catch (error) {
    // The kind is not there, and so neither is an object of it.
    if (error instanceof OpError && error.code === "NOT_FOUND") return [];
    throw error;
  }
}
