import { hasStatus } from "../../client/api.ts";
import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from "../../client/kinds.ts";
import { controllerOf, objectKey } from "../../client/object.ts";
import { resources } from "../../client/resource.ts";
import { same } from "../../client/same.ts";
import { workQueue } from "../../client/work-queue.ts";
import type { ControllerContext, StartController } from "../context.ts";
import { owned, ownerKey } from "../ownership.ts";
import { currentOf, rollout, type RolloutStep } from "./rollout.ts";
import { revisionAnnotation, sameTemplate } from "./template.ts";

/** Deployment → ReplicaSets. */
export const startDeployments: StartController = (context) => {
  const { informers, clock, onError } = context;
  const deployments = informers.of(resources.deployments);
  const replicaSets = informers.of(resources.replicaSets);
  const pods = informers.of(resources.pods);

  const queue = workQueue({
    clock,
    onError: (error, key) => {
      onError(error, `Deployment ${key}`);
    },
    async reconcile(key) {
      const deployment = deployments.get(key);
      if (deployment === undefined) return;
      await Promise.all([replicaSets.synced, pods.synced]);
      const mine = owned(replicaSets, deployment);
      const oldPods = hasPodsOf(
        mine.filter((replicaSet) => replicaSet !== currentOf(deployment, mine)),
        pods,
      );
      const step = rollout({ deployment, replicaSets: mine, oldPods, now: clock.now() });
      await perform(context, deployment, step);
      if (step.recheckMs !== undefined) queue.addAfter(key, step.recheckMs);
    },
  });
  const addOwner = (object: ReplicaSet | undefined): void => {
    const key = object === undefined ? undefined : ownerKey(object, "Deployment");
    if (key !== undefined) queue.add(key);
  };
  deployments.onChange((_, after) => {
    if (after !== undefined) queue.add(objectKey(after));
  });
  replicaSets.onChange((before, after) => {
    addOwner(after ?? before);
  });
  pods.onChange((before, after) => {
    // Recreate waits for the last pod of the old template.
    if (after !== undefined || before === undefined) return;
    const owner = ownerKey(before, "ReplicaSet");
    if (owner !== undefined) addOwner(replicaSets.get(owner));
  });
  return queue;
};

function hasPodsOf(
  replicaSets: readonly ReplicaSet[],
  pods: { inNamespace(namespace: string): Iterable<Pod> },
): boolean {
  const uids = new Set(replicaSets.map(({ metadata }) => metadata.uid));
  const namespace = replicaSets[0]?.metadata.namespace ?? "";
  for (const pod of pods.inNamespace(namespace)) {
    const finished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    if (!finished && uids.has(controllerOf(pod)?.uid ?? "")) return true;
  }
  return false;
}

async function perform(context: ControllerContext, deployment: Deployment, step: RolloutStep): Promise<void> {
  const { api, informers, events } = context;
  const replicaSets = informers.of(resources.replicaSets);
  const { namespace = "" } = deployment.metadata;
  let { status } = step;
  const scaled = (replicaSet: ReplicaSet, from: number): void => {
    const to = replicaSet.spec.replicas ?? 0;
    if (from === to) return;
    const message = `Scaled ${to > from ? "up" : "down"} replica set ${replicaSet.metadata.name} from ${from} to ${to}`;
    events.record(deployment, { type: "Normal", reason: "ScalingReplicaSet", message });
  };
  if (step.create !== undefined) {
    try {
      const created = await api.create(resources.replicaSets, namespace, step.create);
      replicaSets.observe(created);
      scaled(created, 0);
    } catch (error) {
      if (!hasStatus(error, 409)) throw error;
      status = { ...status, collisionCount: await collisions(context, deployment, step.create) };
    }
  }
  for (const { replicaSet, replicas, annotations } of step.patch) {
    const { resourceVersion, name } = replicaSet.metadata;
    const patch = { metadata: { resourceVersion, annotations }, spec: { replicas } };
    const patched = await api.patch(resources.replicaSets, { namespace, name }, patch);
    replicaSets.observe(patched);
    scaled(patched, replicaSet.spec.replicas ?? 1);
  }
  for (const { metadata } of step.remove) {
    const { name, uid, resourceVersion } = metadata;
    await api.remove(
      resources.replicaSets,
      { namespace, name },
      { uid, resourceVersion, propagationPolicy: "Background" },
    );
  }
  await writeBack(context, deployment, { status, revision: step.revision });
}

/** The name is taken: by our own ReplicaSet that the cache has not seen (nothing to do), or by another (a new name). */
async function collisions(context: ControllerContext, deployment: Deployment, body: object): Promise<number> {
  const { api, informers } = context;
  const { metadata, spec } = body as ReplicaSet;
  const { namespace, name } = metadata;
  const found = await api.get(resources.replicaSets, { namespace, name });
  const before = deployment.status?.collisionCount ?? 0;
  const ours = controllerOf(found)?.uid === deployment.metadata.uid && sameTemplate(spec.template, found.spec.template);
  if (!ours) return before + 1;
  informers.of(resources.replicaSets).observe(found);
  return before;
}

async function writeBack(
  context: ControllerContext,
  deployment: Deployment,
  wanted: { status: DeploymentStatus; revision: string | undefined },
): Promise<void> {
  const { api, informers } = context;
  const { namespace, name } = deployment.metadata;
  const deployments = informers.of(resources.deployments);
  if (wanted.revision !== undefined) {
    const annotations = { [revisionAnnotation]: wanted.revision };
    deployments.observe(await api.patch(resources.deployments, { namespace, name }, { metadata: { annotations } }));
  }
  if (same(wanted.status, deployment.status)) return;
  // The status of a version that is not the newest is not written: the newer one is decided on next.
  const { resourceVersion } = deployments.get(objectKey(deployment))?.metadata ?? deployment.metadata;
  const patch = { metadata: { resourceVersion }, status: wanted.status };
  const target = { namespace, name };
  deployments.observe(await api.patch(resources.deployments, target, patch, { subresource: "status" }));
}
