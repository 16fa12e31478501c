import type { Deployment, DeploymentStatus, ReplicaSet } from "../../client/kinds.ts";
import { conditionOf } from "../../client/object.ts";
import {
  isRecreate,
  newReplicaSetSize,
  oldReplicaSetSizes,
  replicasOf,
  scaledSizes,
  type Sizes,
  sizeAnnotations,
  wasScaled,
} from "./scaling.ts";
import { deadlineIn, deploymentStatus, isComplete } from "./status.ts";
import {
  inheritedAnnotations,
  replicaSetFor,
  revisionAnnotation,
  revisionOf,
  sameTemplate,
  templateHash,
} from "./template.ts";

/** The next step of a Deployment, as data. */
export interface RolloutStep {
  /** Body of a ReplicaSet to make. */
  readonly create?: object;
  /** Merge patches by ReplicaSet. */
  readonly patch: readonly {
    readonly replicaSet: ReplicaSet;
    readonly replicas: number;
    readonly annotations: Record<string, string>;
  }[];
  readonly remove: readonly ReplicaSet[];
  /** The Deployment's own revision annotation. */
  readonly revision?: string;
  readonly status: DeploymentStatus;
  /** When to look again although nothing happens. */
  readonly recheckMs?: number;
}

export interface RolloutInput {
  readonly deployment: Deployment;
  /** All that the Deployment controls. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Whether any pod of an older template is left, even a terminating one. */
  readonly oldPods: boolean;
  readonly now: number;
}

/** Decides one step of a rollout. Repeating it while nothing has changed decides on nothing new. */
export function rollout(input: RolloutInput): RolloutStep {
  const { deployment, replicaSets, now } = input;
  const current = currentOf(deployment, replicaSets);
  const old = replicaSets.filter((replicaSet) => replicaSet !== current);
  const all = current === undefined ? old : [...old, current];
  const deleted = deployment.metadata.deletionTimestamp !== undefined;
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const creates = !deleted && current === undefined && mayCreate(input);
  const scaling = deployment.spec.paused === true || wasScaled(deployment, all);
  const sizes: Sizes = (scaling ? scaledSizes : rolledSizes)(deployment, old, current);
  const newSize = creates ? newReplicaSetSize(deployment, 0, old) : 0;

  const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount);
  const created = creates ? `${deployment.metadata.name}-${hash}` : undefined;
  const status = deploymentStatus({ deployment, current, old, created, now });
  const complete = current !== undefined && isComplete(deployment, current, { ...noCounts, ...status });
  const currentRevision = current === undefined ? revision : Math.max(revision, revisionOf(current));
  const wantsRevision = !deleted && (creates || current !== undefined) && notedRevision(deployment) !== currentRevision;
  return {
    ...(creates
      ? { create: replicaSetFor(deployment, { replicas: newSize, revision, annotations: sizeAnnotations(deployment) }) }
      : {}),
    patch: deleted ? [] : patches(deployment, { all, current, sizes, revision: currentRevision }),
    remove: complete && !deleted ? outdated(deployment, old) : [],
    ...(wantsRevision ? { revision: String(currentRevision) } : {}),
    status,
    ...recheck(deployment, status, now),
  };
}

function recheck(deployment: Deployment, status: DeploymentStatus, now: number): { recheckMs?: number } {
  const ms = deadlineIn(deployment, conditionOf(status.conditions, "Progressing"), now);
  return Number.isFinite(ms) ? { recheckMs: Math.max(ms, 1000) } : {};
}

function notedRevision(deployment: Deployment): number {
  return Number(deployment.metadata.annotations?.[revisionAnnotation] ?? 0);
}

const noCounts = { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 };

/** The ReplicaSet of the Deployment's template: the oldest, should there be two. */
export function currentOf(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const matching = replicaSets.filter(({ spec }) => sameTemplate(spec.template, deployment.spec.template));
  return matching.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))[0];
}

function mayCreate({ deployment, replicaSets, oldPods }: RolloutInput): boolean {
  if (deployment.spec.paused === true) return false;
  return !isRecreate(deployment) || !(oldPods || replicaSets.some((replicaSet) => replicasOf(replicaSet) > 0));
}

function rolledSizes(deployment: Deployment, old: readonly ReplicaSet[], current: ReplicaSet | undefined): Sizes {
  if (current !== undefined) {
    // With Recreate, a template that came back waits for the pods of the one in between.
    const blocked = isRecreate(deployment) && old.some((replicaSet) => replicasOf(replicaSet) > 0);
    const size = blocked ? replicasOf(current) : newReplicaSetSize(deployment, replicasOf(current), old);
    if (size !== replicasOf(current)) return new Map([[current, size]]);
  }
  return oldReplicaSetSizes(deployment, old, current);
}

function patches(
  deployment: Deployment,
  state: { all: readonly ReplicaSet[]; current: ReplicaSet | undefined; sizes: Sizes; revision: number },
): RolloutStep["patch"] {
  const resized = sizeAnnotations(deployment);
  return state.all.flatMap((replicaSet) => {
    const replicas = state.sizes.get(replicaSet) ?? replicasOf(replicaSet);
    const wanted: Record<string, string> = replicas > 0 || replicasOf(replicaSet) > 0 ? { ...resized } : {};
    if (replicaSet === state.current) {
      Object.assign(wanted, inheritedAnnotations(deployment), { [revisionAnnotation]: String(state.revision) });
    }
    const has = replicaSet.metadata.annotations ?? {};
    const annotations = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => has[key] !== value));
    const nothing = replicas === replicasOf(replicaSet) && Object.keys(annotations).length === 0;
    return nothing || replicaSet.metadata.deletionTimestamp !== undefined
      ? []
      : [{ replicaSet, replicas, annotations }];
  });
}

function outdated(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const { revisionHistoryLimit = 10 } = deployment.spec;
  const idle = old.filter(
    (replicaSet) =>
      replicasOf(replicaSet) === 0 &&
      (replicaSet.status?.replicas ?? 0) === 0 &&
      (replicaSet.status?.observedGeneration ?? 0) >= (replicaSet.metadata.generation ?? 0) &&
      replicaSet.metadata.deletionTimestamp === undefined,
  );
  idle.sort((a, b) => revisionOf(a) - revisionOf(b));
  return idle.slice(0, Math.max(0, idle.length - revisionHistoryLimit));
}
