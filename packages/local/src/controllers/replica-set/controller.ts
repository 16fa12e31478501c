import { hasStatus } from "../../client/api.ts";
import type { Pod, ReplicaSet } from "../../client/kinds.ts";
import { type Condition, objectKey, timestamp } from "../../client/object.ts";
import { resources } from "../../client/resource.ts";
import { same } from "../../client/same.ts";
import { workQueue } from "../../client/work-queue.ts";
import type { ControllerContext, StartController } from "../context.ts";
import { owned, ownerKey } from "../ownership.ts";
import { planReplicaSet, podFor, type ReplicaSetPlan } from "./plan.ts";

const widestBatch = 32;

/** ReplicaSet → Pods. */
export const startReplicaSets: StartController = (context) => {
  const { informers, clock, onError } = context;
  const replicaSets = informers.of(resources.replicaSets);
  const pods = informers.of(resources.pods);
  /** Deleted by us, but not yet shown as terminating by the watch. */
  const doomed = new Set<string>();

  const queue = workQueue({
    clock,
    onError: (error, key) => {
      onError(error, `ReplicaSet ${key}`);
    },
    async reconcile(key) {
      const replicaSet = replicaSets.get(key);
      if (replicaSet === undefined) return;
      await pods.synced;
      const mine = owned(pods, replicaSet).filter(({ metadata }) => !doomed.has(metadata.uid));
      const plan = planReplicaSet(replicaSet, mine, clock.now());
      if (plan.recheckMs !== undefined) queue.addAfter(key, plan.recheckMs);
      const failure = await perform(context, replicaSet, plan, doomed);
      await writeStatus(context, replicaSet, plan, failure);
      if (failure !== undefined) throw failure;
    },
  });
  replicaSets.onChange((_, after) => {
    if (after !== undefined) queue.add(objectKey(after));
  });
  pods.onChange((before, after) => {
    const pod = after ?? before;
    if (pod === undefined) return;
    if (after?.metadata.deletionTimestamp !== undefined || after === undefined) doomed.delete(pod.metadata.uid);
    const key = ownerKey(pod, "ReplicaSet");
    if (key !== undefined) queue.add(key);
  });
  return queue;
};

/** Returns the first failure to create; what was done before it counts. */
async function perform(
  context: ControllerContext,
  replicaSet: ReplicaSet,
  plan: ReplicaSetPlan,
  doomed: Set<string>,
): Promise<Error | undefined> {
  const { api, informers, events } = context;
  const pods = informers.of(resources.pods);
  const namespace = replicaSet.metadata.namespace ?? "";
  const create = async (): Promise<void> => {
    const pod = await api.create(resources.pods, namespace, podFor(replicaSet));
    pods.observe(pod);
    events.record(replicaSet, {
      type: "Normal",
      reason: "SuccessfulCreate",
      message: `Created pod: ${pod.metadata.name}`,
    });
  };
  const remove = async (pod: Pod): Promise<void> => {
    const { uid, name } = pod.metadata;
    doomed.add(uid);
    try {
      await api.remove(resources.pods, { namespace, name }, { uid });
      events.record(replicaSet, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted pod: ${name}` });
    } catch (error) {
      if (!hasStatus(error, 404)) {
        doomed.delete(uid);
        throw error;
      }
    } finally {
      if (pods.get(objectKey(pod))?.metadata.uid !== uid) doomed.delete(uid);
    }
  };
  await Promise.all(plan.remove.map(remove));
  // One first, then more and more: what fails for one would fail for all.
  for (let left = plan.create, batch = 1; left > 0; batch = Math.min(batch * 2, widestBatch)) {
    const width = Math.min(batch, left);
    const results = await Promise.allSettled(Array.from({ length: width }, create));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      const error = failed.reason instanceof Error ? failed.reason : new Error(String(failed.reason));
      if (hasStatus(error, 403) && /being terminated/.test(error.message)) return undefined;
      events.record(replicaSet, {
        type: "Warning",
        reason: "FailedCreate",
        message: `Error creating: ${error.message}`,
      });
      return error;
    }
    left -= width;
  }
  return undefined;
}

async function writeStatus(
  context: ControllerContext,
  replicaSet: ReplicaSet,
  plan: ReplicaSetPlan,
  failure: Error | undefined,
): Promise<void> {
  const { api, informers, clock } = context;
  const others = (replicaSet.status?.conditions ?? []).filter(({ type }) => type !== "ReplicaFailure");
  const failed: Condition[] = [];
  if (failure !== undefined) {
    const before = replicaSet.status?.conditions?.find(({ type }) => type === "ReplicaFailure");
    const { message } = failure;
    const lastTransitionTime = before?.lastTransitionTime ?? timestamp(clock.now());
    failed.push({ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message, lastTransitionTime });
  }
  const conditions = [...others, ...failed];
  const status = {
    ...replicaSet.status,
    ...plan.status,
    observedGeneration: replicaSet.metadata.generation ?? 0,
    ...(conditions.length > 0 || replicaSet.status?.conditions !== undefined ? { conditions } : {}),
  };
  if (same(status, replicaSet.status)) return;
  const { namespace, name, uid } = replicaSet.metadata;
  const patch = { metadata: { uid }, status };
  const target = { namespace, name };
  informers
    .of(resources.replicaSets)
    .observe(await api.patch(resources.replicaSets, target, patch, { subresource: "status" }));
}
