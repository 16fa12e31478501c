import type { KubeObject } from "@headgate/api";
import { refOf } from "@headgate/api";
import { expect } from "vitest";
import { deployment, idle, isAlive, isReady, processOf } from "./objects.ts";
import type { Pod, World } from "./world.ts";
import { eventually } from "./world.ts";

/** Quick to start and to end. */
const container = { name: "main", image: "test/script", args: [idle] };

/** A Deployment of two pods that run, and its ReplicaSet. */
async function family(world: World): Promise<{ owner: KubeObject; replicaSet: KubeObject; pods: readonly Pod[] }> {
  const owner = await world.create(deployment("web", { replicas: 2, container }));
  const pods = await eventually(async () => {
    const all = await world.pods();
    return all.length === 2 && all.every(isReady) && all;
  });
  const [replicaSet] = await world.list("apps/v1", "ReplicaSet");
  if (replicaSet === undefined) throw new Error("pods without a ReplicaSet");
  return { owner, replicaSet, pods };
}

async function gone(world: World, object: KubeObject): Promise<void> {
  await eventually(async () => !(await world.exists(refOf(object))));
}

export const ownershipStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "what a deleted object owns goes after it": async (world) => {
    const { owner, replicaSet, pods } = await family(world);
    await world.client.delete(refOf(owner), { propagation: "Background" });
    expect(await world.exists(refOf(owner))).toBe(false);
    for (const object of [replicaSet, ...pods]) await gone(world, object);
    expect(pods.map(processOf).filter(isAlive)).toEqual([]);
  },

  "an object that is deleted in the foreground goes after what it owns": async (world) => {
    const { owner, pods } = await family(world);
    await world.client.delete(refOf(owner), { propagation: "Foreground" });
    await gone(world, owner);
    expect(await world.list("apps/v1", "ReplicaSet")).toEqual([]);
    expect(await world.pods()).toEqual([]);
    expect(pods.map(processOf).filter(isAlive)).toEqual([]);
  },

  "what a deleted object leaves behind has no owner, and lives on": async (world) => {
    const { owner, replicaSet, pods } = await family(world);
    await world.client.delete(refOf(owner), { propagation: "Orphan" });
    await gone(world, owner);
    const left = await world.client.get(refOf(replicaSet));
    expect(left.metadata.ownerReferences ?? []).toEqual([]);
    expect(left.metadata.deletionTimestamp).toBeUndefined();
    const uids = (all: readonly Pod[]): unknown[] => all.map(({ metadata }) => metadata.uid).toSorted();
    expect(uids(await world.pods())).toEqual(uids(pods));
    expect(pods.map(processOf).filter((pid) => !isAlive(pid))).toEqual([]);
  },

  "a namespace goes with all that is in it": async (world) => {
    const { pods } = await family(world);
    const settings = await world.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } });
    const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: world.namespace } };
    await world.client.delete(refOf(namespace));
    await gone(world, namespace);
    expect(await world.exists(refOf(settings))).toBe(false);
    expect(pods.map(processOf).filter(isAlive)).toEqual([]);
  },
};
