/** A cluster in the test's own process, and ways to wait for what it says. */
import { readdirSync, readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import { type Api, connectApi, type ListOptions } from "../../src/client/api.ts";
import { startInformer } from "../../src/client/informer.ts";
import type { Pod } from "../../src/client/kinds.ts";
import type { KubeObject } from "../../src/client/object.ts";
import { type Resource, resources } from "../../src/client/resource.ts";
import { type LocalCluster, type LocalClusterOptions, startLocalCluster } from "../../src/index.ts";

export { deploymentObject, podObject, scriptImages, scriptPod } from "./objects.ts";

export interface Rig {
  readonly cluster: LocalCluster;
  readonly api: Api;
  readonly errors: string[];
  readonly create: (...objects: object[]) => Promise<void>;
  /** Waits until the objects of a kind satisfy the condition; at each change of them. */
  readonly until: <T extends KubeObject, R>(
    resource: Resource<T>,
    condition: (objects: T[]) => R | undefined | false,
    options?: ListOptions,
  ) => Promise<R>;
  /** Waits for one pod of the default namespace. */
  readonly untilPod: (name: string, condition: (pod: Pod) => boolean) => Promise<Pod>;
}

export async function startRig(options: Omit<LocalClusterOptions, "onError"> = {}): Promise<Rig> {
  const errors: string[] = [];
  const cluster = await startLocalCluster({
    ...options,
    onError: (error, about) => errors.push(`${about}: ${String(error)}`),
  });
  const api = connectApi(cluster.access);
  onTestFinished(async () => {
    await api.close();
    await cluster.close();
  });
  const until: Rig["until"] = async <T extends KubeObject, R>(
    resource: Resource<T>,
    condition: (objects: T[]) => R | undefined | false,
    selection: ListOptions = {},
  ) => {
    const informer = startInformer(api, resource, selection);
    try {
      return await new Promise<R>((resolve) => {
        const look = (): void => {
          const result = condition([...informer.values()]);
          if (result !== undefined && result !== false) resolve(result);
        };
        void informer.synced.then(() => {
          look();
          informer.onChange(look);
        });
      });
    } finally {
      await informer.close();
    }
  };
  return {
    cluster,
    api,
    errors,
    async create(...objects) {
      for (const object of objects) {
        const { kind, metadata } = object as KubeObject;
        const resource = Object.values<Resource>(resources).find((known) => known.kind === kind);
        if (resource === undefined) throw new Error(`no resource for kind ${kind}`);
        await api.create(resource, resource.namespaced ? (metadata.namespace ?? "default") : "", object);
      }
    },
    until,
    untilPod: (name, condition) =>
      until(resources.pods, (pods) => {
        const pod = pods.find(({ metadata }) => metadata.name === name && metadata.namespace === "default");
        return pod !== undefined && condition(pod) ? pod : undefined;
      }),
  };
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
}

export function pidOf(pod: Pod): number {
  return Number(/^process:\/\/(\d+)$/.exec(pod.status?.containerStatuses?.[0]?.containerID ?? "")?.[1]);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether a process group has a process that runs. One that was killed and waits for its parent to take note of it does not. */
export function isGroupAlive(group: number): boolean {
  if (process.platform !== "linux") return isAlive(-group);
  return readdirSync("/proc").some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      // After the name, which may hold anything and ends with the last parenthesis: state, parent, group.
      const [state, , processGroup] = readFileSync(`/proc/${entry}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return Number(processGroup) === group && state !== "Z" && state !== "X";
    } catch {
      return false;
    }
  });
}
