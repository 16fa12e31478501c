import type { Pod, ReplicaSet } from "../../client/kinds.ts";
import { conditionOf, controlledBy, matchesSelector } from "../../client/object.ts";

export interface ReplicaSetPlan {
  /** How many pods to make. */
  readonly create: number;
  readonly remove: readonly Pod[];
  readonly status: Counts;
  /** When a ready pod becomes an available one although nothing happens. */
  readonly recheckMs?: number;
}

interface Counts {
  readonly replicas: number;
  readonly fullyLabeledReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

/** Decides which pods to make or delete. Finished and terminating pods no longer count. */
export function planReplicaSet(replicaSet: ReplicaSet, pods: readonly Pod[], now: number): ReplicaSetPlan {
  const { replicas = 1, minReadySeconds = 0, template } = replicaSet.spec;
  const active = pods.filter(isActive);
  const deleted = replicaSet.metadata.deletionTimestamp !== undefined;
  const excess = deleted ? 0 : active.length - replicas;
  const waits = active.map((pod) => availableIn(pod, minReadySeconds, now));
  const later = waits.filter((ms) => ms > 0 && Number.isFinite(ms));
  const labels = { matchLabels: template.metadata?.labels ?? {} };
  return {
    create: Math.max(0, -excess),
    remove: excess > 0 ? [...active].sort(deletionOrder(now)).slice(0, excess) : [],
    status: {
      replicas: active.length,
      fullyLabeledReplicas: active.filter(({ metadata }) => matchesSelector(labels, metadata.labels)).length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: waits.filter((ms) => ms <= 0).length,
    },
    ...(later.length > 0 ? { recheckMs: Math.min(...later) } : {}),
  };
}

export function isActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase !== "Succeeded" && phase !== "Failed" && pod.metadata.deletionTimestamp === undefined;
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod.status?.conditions, "Ready")?.status === "True";
}

/** Milliseconds until the pod counts as available: zero or less when it does, infinite when it is not ready. */
function availableIn(pod: Pod, minReadySeconds: number, now: number): number {
  if (!isReady(pod)) return Number.POSITIVE_INFINITY;
  return minReadySeconds === 0 ? 0 : readySince(pod) + minReadySeconds * 1000 - now;
}

function readySince(pod: Pod): number {
  return Date.parse(conditionOf(pod.status?.conditions, "Ready")?.lastTransitionTime ?? "") || 0;
}

/** Those that would be missed least come first: unassigned, not running, not ready, cheap, ready for a shorter time, restarted more, younger. */
function deletionOrder(now: number): (a: Pod, b: Pod) => number {
  const phases = ["Pending", "Unknown", "Running"];
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName === undefined || pod.spec.nodeName === "" ? 0 : 1,
    phases.indexOf(pod.status?.phase ?? "Pending"),
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0,
    isReady(pod) ? now - readySince(pod) : 0,
    -Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    now - Date.parse(pod.metadata.creationTimestamp),
  ];
  return (a, b) => {
    const right = rank(b);
    for (const [index, value] of rank(a).entries()) {
      const difference = value - (right[index] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.metadata.name < b.metadata.name ? -1 : 1;
  };
}

/** The body of one pod of the set. */
export function podFor(replicaSet: ReplicaSet): object {
  const { name, namespace } = replicaSet.metadata;
  const { metadata = {}, spec } = replicaSet.spec.template;
  const { labels = {}, annotations = {}, finalizers = [] } = metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels,
      annotations,
      finalizers,
      ownerReferences: [controlledBy(replicaSet)],
    },
    spec,
  };
}
