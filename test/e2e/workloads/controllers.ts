import type { KubeObject } from "@headgate/api";
import { refOf } from "@headgate/api";
import { expect } from "vitest";
import { idle, isReady, template } from "./objects.ts";
import type { World } from "./world.ts";
import { eventually } from "./world.ts";

const container = { name: "main", image: "test/script", args: [idle] };
const once = { name: "main", image: "test/script", args: ["console.log('done')"] };
const job = { template: template("job", { container: once, pod: { restartPolicy: "Never" } }), completions: 2 };
const selector = { matchLabels: { app: "one" } };

interface JobStatus {
  readonly succeeded?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** What only the controllers of a real control plane do. */
export const controllerStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "a CronJob makes a Job when its minute comes": async (world) => {
    const spec = { schedule: "* * * * *", jobTemplate: { spec: job } };
    const made = await world.create({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "often" }, spec });
    const [first] = await eventually(async () => {
      const jobs = await world.list("batch/v1", "Job");
      return jobs.length > 0 && jobs;
    });
    expect(first?.metadata.ownerReferences).toMatchObject([{ kind: "CronJob", uid: made.metadata.uid }]);
  },

  "a Job runs pods to their end": async (world) => {
    const made = await world.create({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "twice" }, spec: job });
    const status = await eventually(async () => {
      const now = (await world.client.get(refOf(made))).status as JobStatus | undefined;
      return now?.conditions?.some(({ type }) => type === "Complete") === true && now;
    });
    expect(status.succeeded).toBe(2);
    const pods = await world.pods();
    expect(pods.map((pod) => pod.status?.phase)).toEqual(["Succeeded", "Succeeded"]);
    for (const { metadata } of pods) expect((await world.log(metadata.name)).text).toBe("done\n");
  },

  "a StatefulSet gives a lost pod its name again": async (world) => {
    const spec = { serviceName: "one", replicas: 2, selector, template: template("one", { container }) };
    await world.create({ apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "one" }, spec });
    const both = async (): Promise<Record<string, string | undefined>> => {
      const pods = await eventually(async () => {
        const all = await world.pods();
        return all.length === 2 && all.every(isReady) && all;
      });
      return Object.fromEntries(pods.map(({ metadata }) => [metadata.name, metadata.uid]));
    };
    const before = await both();
    expect(Object.keys(before).toSorted()).toEqual(["one-0", "one-1"]);
    await world.client.delete(refOf(await world.pod("one-0")));
    await eventually(async () => (await world.pods()).every(({ metadata }) => metadata.uid !== before["one-0"]));
    const after = await both();
    expect(Object.keys(after).toSorted()).toEqual(["one-0", "one-1"]);
    expect(after["one-1"]).toBe(before["one-1"]);
  },

  "a DaemonSet has one pod on each node": async (world) => {
    const spec = { selector, template: template("one", { container }) };
    await world.create({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "one" }, spec });
    const nodes = (await world.client.list(await world.client.discover("v1", "Node"))).items.map(nameOf);
    const pods = await eventually(async () => {
      const all = await world.pods();
      return all.length === nodes.length && all.every(isReady) && all;
    });
    expect(pods.map(({ spec: { nodeName } }) => nodeName).toSorted()).toEqual(nodes.toSorted());
  },
};

function nameOf({ metadata }: KubeObject): string {
  return metadata.name;
}
