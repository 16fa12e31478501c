/** An unmodified kubectl drives the controllers. Skipped where there is no kubectl on the PATH. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { resources } from "../../src/client/resource.ts";
import { deploymentObject, startRig } from "../runner/rig.ts";

const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;

test.skipIf(!hasKubectl)(
  "kubectl follows rollouts, goes back, scales, waits and deletes in the foreground",
  async () => {
    const rig = await startRig({ runner: { processes: false } });
    const folder = await mkdtemp(join(tmpdir(), "kubectl-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const kubeconfig = join(folder, "config");
    await writeFile(kubeconfig, rig.cluster.kubeconfig);
    const kubectl = async (line: string): Promise<string> => {
      const env = { PATH: process.env["PATH"], HOME: folder, KUBECONFIG: kubeconfig };
      const child = spawn("kubectl", line.split(" "), { env, stdio: ["ignore", "pipe", "pipe"] });
      const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
      expect(child.exitCode, `kubectl ${line}\n${out}${err}`).toBe(0);
      return out;
    };
    const imageOf = async (): Promise<string | undefined> => {
      const { items } = await rig.api.list(resources.pods);
      const live = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      expect(live).toHaveLength(3);
      return live[0]?.spec.containers[0]?.image;
    };
    await rig.create(deploymentObject("web", { replicas: 3 }));
    expect(await kubectl("rollout status deployment/web --timeout=90s")).toContain("successfully rolled out");
    await kubectl("set image deployment/web main=two");
    await kubectl("rollout status deployment/web --timeout=90s");
    expect(await imageOf()).toBe("two");
    expect(await kubectl("rollout history deployment/web")).toMatch(/1 +<none>\n2 +<none>/);
    await kubectl("rollout undo deployment/web");
    await kubectl("rollout status deployment/web --timeout=90s");
    expect(await imageOf()).toBe("one");
    await kubectl("rollout restart deployment/web");
    await kubectl("rollout status deployment/web --timeout=90s");
    await kubectl("scale deployment/web --replicas=1");
    await kubectl("wait deployment/web --for=jsonpath={.status.replicas}=1 --timeout=90s");
    await kubectl("delete deployment/web --cascade=foreground --timeout=90s");
    expect((await rig.api.list(resources.pods)).items).toEqual([]);
    expect((await rig.api.list(resources.replicaSets)).items).toEqual([]);
  },
);
