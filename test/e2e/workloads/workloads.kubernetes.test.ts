// Needs the rig: its images are processes of this machine, and its autoscaler decides quickly.
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { adminAccess, sharedCluster } from "../../rigs/kubernetes/shared-cluster.ts";
import { autoscalingStories } from "./autoscaling.ts";
import { controllerStories } from "./controllers.ts";
import { workloadStories, workloadSuite } from "./suite.ts";
import { patience } from "./world.ts";

workloadSuite(
  {
    name: "workloads on Kubernetes",
    open: () =>
      Promise.resolve({
        access: adminAccess(),
        reach: (host, port) => ({ host, port }),
        close: () => Promise.resolve(),
      }),
  },
  // Those that wait longest come first.
  { ...controllerStories, ...autoscalingStories, ...workloadStories },
);

const withoutKubectl = spawnSync("kubectl", ["version", "--client"]).status !== 0;

test.skipIf(withoutKubectl)("kubectl top shows what the node uses", async () => {
  const { kubeconfig } = sharedCluster();
  await vi.waitFor(async () => {
    const { stdout } = await promisify(execFile)("kubectl", ["--kubeconfig", kubeconfig, "top", "nodes"]);
    expect(stdout).toMatch(/^\S+ +\d+m +\d+% +\d+Mi +\d+%/m);
  }, patience);
});
