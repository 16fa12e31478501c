/** Runs in the rig's network namespace: starts the cluster, then the command that its arguments say, with the cluster in its environment. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { contourPrograms, controlPlanePrograms, installContour, startKubernetes } from "@headgate/local";

import { images } from "../images.ts";
import { openGateway, sharedGateway } from "./gateway.ts";
import { clusterVariable } from "./shared-cluster.ts";
import type { SharedCluster } from "./shared-cluster.ts";

const [program = "", ...args] = process.argv.slice(2);
const say = (line: string): void => {
  console.error(`kubernetes rig: ${line}`);
};

/** A real one takes a quarter of a minute to look, and five minutes to believe that less is enough. */
const quickAutoscaling = [
  "--horizontal-pod-autoscaler-sync-period=1s",
  "--horizontal-pod-autoscaler-downscale-stabilization=5s",
];
const folder = await mkdtemp(join(tmpdir(), "headgate-kubernetes-"));
const start = performance.now();
const cluster = await startKubernetes({
  programs: await controlPlanePrograms({ say }),
  folder,
  runner: { images },
  metrics: { resolutionMs: 2000 },
  flags: { controllerManager: quickAutoscaling },
  onError: (error, about) => {
    say(`${about}: ${String(error)}`);
  },
});
try {
  const seconds = (): string => ((performance.now() - start) / 1000).toFixed(1);
  say(`a cluster with one node is ready after ${seconds()} s`);
  await installContour(cluster.access, await contourPrograms({ say }));
  const gateway = await openGateway(sharedGateway, cluster.access);
  say(`a gateway answers on it after ${seconds()} s`);
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
  const shared: SharedCluster = { ...cluster.access, kubeconfig, gateway: gateway.url };
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
  await gateway.close();
} finally {
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
}
