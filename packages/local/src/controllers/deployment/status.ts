/** What a Deployment's status says, given its ReplicaSets. */
import type { Deployment, DeploymentStatus, ReplicaSet } from "../../client/kinds.ts";
import { type Condition, conditionOf, timestamp } from "../../client/object.ts";
import { available, bounds, replicasOf, sum, wantedBy } from "./scaling.ts";

const defaultDeadlineSeconds = 600;

export interface StatusInput {
  readonly deployment: Deployment;
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  /** A ReplicaSet is made in the same step. */
  readonly created: string | undefined;
  readonly now: number;
}

export function deploymentStatus(input: StatusInput): DeploymentStatus {
  const { deployment, current, old, now } = input;
  const all = current === undefined ? old : [...old, current];
  const previous = deployment.status ?? {};
  const availableReplicas = sum(all, available);
  const counts = {
    replicas: sum(all, (replicaSet) => replicaSet.status?.replicas ?? 0),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(all, (replicaSet) => replicaSet.status?.readyReplicas ?? 0),
    availableReplicas,
    unavailableReplicas: Math.max(0, sum(all, replicasOf) - availableReplicas),
  };
  const at = timestamp(now);
  const conditions = [...(previous.conditions ?? [])];
  const set = (condition: Omit<Condition, "lastTransitionTime" | "lastUpdateTime">): void => {
    const index = conditions.findIndex(({ type }) => type === condition.type);
    const before = conditions[index];
    if (before !== undefined && before.status === condition.status && before.reason === condition.reason) {
      // A rollout that moves on starts its deadline anew.
      if (condition.reason !== "ReplicaSetUpdated" && before.message === condition.message) return;
    }
    const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? at) : at;
    const next = { ...condition, lastTransitionTime, lastUpdateTime: at };
    if (index < 0) conditions.push(next);
    else conditions[index] = next;
  };
  const isAvailable = availableReplicas >= wantedBy(deployment) - bounds(deployment).unavailable;
  set({
    type: "Available",
    status: isAvailable ? "True" : "False",
    reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: isAvailable ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
  });
  const progress = progressCondition(input, counts);
  if (progress !== undefined) set({ type: "Progressing", ...progress });
  return { ...previous, ...counts, observedGeneration: deployment.metadata.generation ?? 0, conditions };
}

type Counts = Required<Pick<DeploymentStatus, "replicas" | "updatedReplicas" | "readyReplicas" | "availableReplicas">>;

function progressCondition(input: StatusInput, counts: Counts): Omit<Condition, "type"> | undefined {
  const { deployment, current, created, now } = input;
  const previous = deployment.status ?? {};
  const before = conditionOf(previous.conditions, "Progressing");
  if (deployment.spec.paused === true) {
    return { status: "Unknown", reason: "DeploymentPaused", message: "Deployment is paused" };
  }
  if (created !== undefined) {
    return { status: "True", reason: "NewReplicaSetCreated", message: `Created new replica set "${created}"` };
  }
  if (current === undefined) return undefined;
  const named = `ReplicaSet "${current.metadata.name}"`;
  if (isComplete(deployment, current, counts)) {
    return { status: "True", reason: "NewReplicaSetAvailable", message: `${named} has successfully progressed.` };
  }
  const finishedBefore = before?.reason === "NewReplicaSetAvailable" && counts.replicas === counts.updatedReplicas;
  if (finishedBefore) return undefined;
  if (hasMoved(previous, counts))
    return { status: "True", reason: "ReplicaSetUpdated", message: `${named} is progressing.` };
  if (before === undefined) {
    return {
      status: "True",
      reason: "FoundNewReplicaSet",
      message: `Found new replica set "${current.metadata.name}"`,
    };
  }
  if (before.reason === "DeploymentPaused") {
    return { status: "Unknown", reason: "DeploymentResumed", message: "Deployment is resumed" };
  }
  if (deadlineIn(deployment, before, now) <= 0) {
    return { status: "False", reason: "ProgressDeadlineExceeded", message: `${named} has timed out progressing.` };
  }
  return undefined;
}

function hasMoved(previous: DeploymentStatus, counts: Counts): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = previous;
  return (
    counts.updatedReplicas > updatedReplicas ||
    counts.replicas - counts.updatedReplicas < replicas - updatedReplicas ||
    counts.readyReplicas > readyReplicas ||
    counts.availableReplicas > availableReplicas
  );
}

export function isComplete(deployment: Deployment, current: ReplicaSet, counts: Counts): boolean {
  const wanted = wantedBy(deployment);
  return (
    replicasOf(current) === wanted &&
    counts.updatedReplicas === wanted &&
    counts.replicas === wanted &&
    counts.availableReplicas === wanted &&
    (current.status?.observedGeneration ?? 0) >= (current.metadata.generation ?? 0)
  );
}

/** Milliseconds until a rollout that does not move has failed; infinite when none is under way. */
export function deadlineIn(deployment: Deployment, progressing: Condition | undefined, now: number): number {
  const { paused = false, progressDeadlineSeconds = defaultDeadlineSeconds } = deployment.spec;
  const done =
    progressing === undefined ||
    ["NewReplicaSetAvailable", "ProgressDeadlineExceeded"].includes(progressing.reason ?? "");
  if (paused || done) return Number.POSITIVE_INFINITY;
  const since = Date.parse(progressing.lastUpdateTime ?? progressing.lastTransitionTime ?? "");
  return Number.isNaN(since) ? Number.POSITIVE_INFINITY : since + progressDeadlineSeconds * 1000 - now;
}
