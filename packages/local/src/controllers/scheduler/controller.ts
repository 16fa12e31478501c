import { hasStatus } from "../../client/api.ts";
import type { Pod } from "../../client/kinds.ts";
import { conditionOf, objectKey, timestamp } from "../../client/object.ts";
import { resourcePath, resources } from "../../client/resource.ts";
import { workQueue } from "../../client/work-queue.ts";
import type { ControllerContext, StartController } from "../context.ts";
import { chooseNode } from "./choose-node.ts";

/** Binds pods that have no node. */
export const startScheduler: StartController = (context) => {
  const { api, informers, clock, onError } = context;
  const pods = informers.of(resources.pods);
  const nodes = informers.of(resources.nodes);
  const podsOn = new Map<string, number>();
  const waiting = new Set<string>();

  const queue = workQueue({
    clock,
    concurrency: 32,
    onError: (error, key) => {
      onError(error, `Scheduling of Pod ${key}`);
    },
    async reconcile(key) {
      await Promise.all([nodes.synced, pods.synced]);
      const pod = pods.get(key);
      if (pod === undefined || !isUnbound(pod)) return;
      const choice = chooseNode(pod, [...nodes.values()], (node) => podsOn.get(node) ?? 0);
      const { namespace, name, uid } = pod.metadata;
      if ("unschedulable" in choice) {
        waiting.add(key);
        await noteUnschedulable(context, pod, choice.unschedulable);
        return;
      }
      waiting.delete(key);
      try {
        await api.request("POST", resourcePath(resources.pods, { namespace, name, subresource: "binding" }), {
          apiVersion: "v1",
          kind: "Binding",
          metadata: { name, namespace, uid },
          target: { apiVersion: "v1", kind: "Node", name: choice.node },
        });
      } catch (error) {
        if (!hasStatus(error, 404, 409)) throw error;
      }
    },
  });
  const count = (pod: Pod | undefined, by: number): void => {
    const node = pod?.spec.nodeName ?? "";
    if (node !== "") podsOn.set(node, (podsOn.get(node) ?? 0) + by);
  };
  const retryWaiting = (): void => {
    for (const key of waiting) queue.add(key);
  };
  pods.onChange((before, after) => {
    count(before, -1);
    count(after, 1);
    if (after === undefined) {
      if (before !== undefined) waiting.delete(objectKey(before));
      retryWaiting();
    } else if (isUnbound(after)) queue.add(objectKey(after));
  });
  nodes.onChange(retryWaiting);
  return queue;
};

function isUnbound({ metadata, spec, status }: Pod): boolean {
  const { nodeName = "", schedulerName = "default-scheduler", schedulingGates = [] } = spec;
  const finished = status?.phase === "Succeeded" || status?.phase === "Failed";
  const mine = schedulerName === "default-scheduler" && schedulingGates.length === 0;
  return nodeName === "" && mine && !finished && metadata.deletionTimestamp === undefined;
}

async function noteUnschedulable(context: ControllerContext, pod: Pod, message: string): Promise<void> {
  const { api, clock, events } = context;
  const before = conditionOf(pod.status?.conditions, "PodScheduled");
  if (before?.status === "False" && before.message === message) return;
  events.record(pod, { type: "Warning", reason: "FailedScheduling", message });
  const lastTransitionTime = before?.lastTransitionTime ?? timestamp(clock.now());
  const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message, lastTransitionTime };
  const { namespace, name, uid } = pod.metadata;
  const patch = { metadata: { uid }, status: { conditions: [condition] } };
  await api.patch(resources.pods, { namespace, name }, patch, { type: "strategic", subresource: "status" });
}
