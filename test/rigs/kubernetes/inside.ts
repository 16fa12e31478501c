/** Runs in the rig's network namespace: starts the cluster, then the command that its arguments say, with the cluster in its environment. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { controlPlanePrograms, podNetwork, startControlPlane, startRunner } from "@headgate/local";

import { clusterVariable } from "./shared-cluster.ts";
import type { SharedCluster } from "./shared-cluster.ts";

const [program = "", ...args] = process.argv.slice(2);
const say = (line: string): void => {
  console.error(`kubernetes rig: ${line}`);
};

const { nodeAddress, podCidr } = podNetwork();
const folder = await mkdtemp(join(tmpdir(), "headgate-kubernetes-"));
const start = performance.now();
const controlPlane = await startControlPlane({
  programs: await controlPlanePrograms({ say }),
  folder,
  address: nodeAddress,
});
try {
  const runner = await startRunner(controlPlane.access, { podCidrs: [podCidr], hostIP: nodeAddress });
  say(`a cluster with one node is ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, controlPlane.kubeconfig, { mode: 0o600 });
  const shared: SharedCluster = { ...controlPlane.access, kubeconfig };
  const env = { ...process.env, KUBECONFIG: kubeconfig, [clusterVariable]: JSON.stringify(shared) };
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], env });
  const end = (): void => {
    child.kill();
  };
  // Whoever started us has gone, or was told to end.
  process.stdin.on("end", end).resume();
  const [code] = (await once(child, "exit")) as [number | null];
  process.stdin.destroy();
  process.exitCode = code ?? 1;
  await runner.close();
} finally {
  await controlPlane.close();
  await rm(folder, { recursive: true, force: true });
}
