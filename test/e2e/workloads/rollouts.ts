import type { KubeObject } from "@headgate/api";
import { expect } from "vitest";
import { deployment, isAlive, isLeaving, isReady, processOf, template } from "./objects.ts";
import type { Pod, WatchEvent, World } from "./world.ts";
import { eventually } from "./world.ts";

interface Status {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
}

/** As `kubectl rollout status` has it, and the old pods have gone too. */
async function rolledOut({ client, ref, pods }: World, name: string): Promise<readonly Pod[]> {
  return eventually(async () => {
    const now = await client.get(ref("apps/v1", "Deployment", name));
    const { replicas = 1 } = now.spec as { replicas?: number };
    const status = (now.status ?? {}) as Status;
    const current = status.observedGeneration === now.metadata.generation;
    const done = [status.replicas ?? 0, status.updatedReplicas ?? 0, status.readyReplicas ?? 0];
    if (!current || done.some((count) => count !== replicas)) return undefined;
    const all = await pods(`app=${name}`);
    return all.length === replicas && all;
  });
}

function scale({ client, ref }: World, name: string, replicas: number): Promise<KubeObject> {
  const target = ref("apps/v1", "Deployment", name);
  return client.patch(target, { spec: { replicas } }, { type: "merge", subresource: "scale" });
}

function change({ client, ref }: World, name: string, env: Readonly<Record<string, string>>): Promise<KubeObject> {
  return client.patch(
    ref("apps/v1", "Deployment", name),
    { spec: { template: template(name, { env }) } },
    { type: "merge" },
  );
}

interface ReplicaSet extends KubeObject {
  readonly spec: { readonly replicas: number };
}

/** What comes of every object after each event, those of before included. */
function afterEach<T extends KubeObject, R>(
  before: readonly T[],
  events: readonly WatchEvent<T>[],
  reduce: (objects: readonly T[]) => R,
): readonly R[] {
  const objects = new Map(before.map((object) => [object.metadata.name, object]));
  return events.map(({ type, object }) => {
    if (type === "DELETED") objects.delete(object.metadata.name);
    else if (type !== "BOOKMARK") objects.set(object.metadata.name, object);
    return reduce([...objects.values()]);
  });
}

export const rolloutStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "a Deployment makes a ReplicaSet, and that pods that answer on addresses of their own": async (world) => {
    await world.create(deployment("web", { replicas: 2, env: { COLOUR: "blue" } }));
    const pods = await rolledOut(world, "web");
    const [replicaSet, ...others] = await world.list("apps/v1", "ReplicaSet");
    expect(others).toEqual([]);
    expect(replicaSet?.metadata.ownerReferences).toMatchObject([{ kind: "Deployment", name: "web", controller: true }]);
    expect(new Set(pods.map(({ status }) => status?.podIP)).size).toBe(2);
    for (const pod of pods) {
      const { uid } = replicaSet?.metadata ?? {};
      expect(pod.metadata.ownerReferences).toMatchObject([{ kind: "ReplicaSet", uid, controller: true }]);
      expect(pod.status?.conditions).toContainEqual(expect.objectContaining({ type: "PodScheduled", status: "True" }));
      const said: unknown = JSON.parse((await world.ask(pod, "/")).text);
      expect(said).toMatchObject({ pod: pod.metadata.name, podIP: pod.status?.podIP, env: { COLOUR: "blue" } });
    }
    const nodes = await world.client.list(await world.client.discover("v1", "Node"));
    expect(nodes.items.map(({ metadata }) => metadata.name)).toContain(pods[0]?.spec.nodeName);
  },

  "a Deployment is scaled up and down, and processes end with their pods": async (world) => {
    await world.create(deployment("web"));
    const [first] = await rolledOut(world, "web");
    await scale(world, "web", 3);
    const three = await rolledOut(world, "web");
    expect(three.map(({ metadata }) => metadata.uid)).toContain(first?.metadata.uid);
    const pids = three.map(processOf);
    expect(pids.filter(isAlive)).toEqual(pids);
    await scale(world, "web", 1);
    const one = await rolledOut(world, "web");
    expect(pids.filter(isAlive)).toEqual(one.map(processOf));
    await scale(world, "web", 0);
    expect(await rolledOut(world, "web")).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
  },

  "a rolling update keeps to maxSurge and maxUnavailable": async (world) => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 1 };
    await world.create(
      deployment("web", { replicas: 4, spec: { strategy: { type: "RollingUpdate", rollingUpdate } } }),
    );
    const before = await rolledOut(world, "web");
    const first = (await world.list("apps/v1", "ReplicaSet")) as readonly ReplicaSet[];
    const sets = await world.watch<ReplicaSet>("apps/v1", "ReplicaSet");
    const pods = await world.watch<Pod>("v1", "Pod");
    await change(world, "web", { COLOUR: "green" });
    const after = await rolledOut(world, "web");
    await Promise.all([sets.stop(), pods.stop()]);
    const uids = new Set(before.map(({ metadata }) => metadata.uid));
    expect(after.filter(({ metadata }) => uids.has(metadata.uid))).toEqual([]);
    // That many are wanted at most. A ReplicaSet may be slower to delete than the next one is to create.
    const wanted = afterEach(first, sets.events, (all) => all.reduce((sum, { spec }) => sum + spec.replicas, 0));
    expect(Math.max(...wanted)).toBeLessThanOrEqual(5);
    const ready = afterEach(before, pods.events, (all) => all.filter((pod) => !isLeaving(pod) && isReady(pod)).length);
    expect(Math.min(...ready)).toBeGreaterThanOrEqual(3);
    for (const pod of after) {
      expect(JSON.parse((await world.ask(pod, "/")).text)).toMatchObject({ env: { COLOUR: "green" } });
    }
  },

  "a rollout that is undone takes the ReplicaSet of before": async (world) => {
    await world.create(deployment("web", { env: { COLOUR: "blue" } }));
    await rolledOut(world, "web");
    const [blue] = await world.list("apps/v1", "ReplicaSet");
    await change(world, "web", { COLOUR: "green" });
    await rolledOut(world, "web");
    await change(world, "web", { COLOUR: "blue" });
    const [pod] = await rolledOut(world, "web");
    const sets = await world.list("apps/v1", "ReplicaSet");
    expect(sets).toHaveLength(2);
    expect(pod?.metadata.ownerReferences).toMatchObject([{ uid: blue?.metadata.uid }]);
    const revisions = Object.fromEntries(
      sets.map(({ metadata }) => [metadata.name, metadata.annotations?.["deployment.kubernetes.io/revision"]]),
    );
    expect(revisions[blue?.metadata.name ?? ""]).toBe("3");
  },
};
