/** The arithmetic of a rollout: how many replicas each ReplicaSet should ask for next. */
import type { Deployment, ReplicaSet } from "../../client/kinds.ts";
import { desiredAnnotation, maxAnnotation } from "./template.ts";

export type Sizes = ReadonlyMap<ReplicaSet, number>;

export function replicasOf(replicaSet: ReplicaSet): number {
  return replicaSet.spec.replicas ?? 1;
}

export function wantedBy(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

export function isRecreate(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type === "Recreate";
}

/** How far a rolling update may go above and below the wanted number. Percentages round in favour of progress above, of safety below. */
export function bounds(deployment: Deployment): { surge: number; unavailable: number } {
  if (isRecreate(deployment)) return { surge: 0, unavailable: 0 };
  const wanted = wantedBy(deployment);
  const { maxSurge = "25%", maxUnavailable = "25%" } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = resolve(maxSurge, wanted, Math.ceil);
  const unavailable = Math.min(resolve(maxUnavailable, wanted, Math.floor), wanted);
  // Both zero would never move.
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function resolve(value: number | string, total: number, round: (x: number) => number): number {
  if (typeof value === "number") return value;
  const number = Number.parseFloat(value);
  if (Number.isNaN(number)) return 0;
  return value.endsWith("%") ? round((number * total) / 100) : number;
}

export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const wanted = wantedBy(deployment);
  return { [desiredAnnotation]: String(wanted), [maxAnnotation]: String(wanted + bounds(deployment).surge) };
}

/** The size of the ReplicaSet of the current template, given all that exist. */
export function newReplicaSetSize(deployment: Deployment, current: number, others: readonly ReplicaSet[]): number {
  const wanted = wantedBy(deployment);
  if (isRecreate(deployment) || current >= wanted) return wanted;
  const total = current + sum(others, replicasOf);
  const room = wanted + bounds(deployment).surge - total;
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/** Sizes of the old ReplicaSets after the next step down: first pods that serve nobody, then as many as availability allows. */
export function oldReplicaSetSizes(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
): Sizes {
  const sizes = new Map(old.map((replicaSet) => [replicaSet, replicasOf(replicaSet)]));
  if (isRecreate(deployment)) {
    for (const replicaSet of old) sizes.set(replicaSet, 0);
    return sizes;
  }
  const all = current === undefined ? old : [...old, current];
  const minimum = wantedBy(deployment) - bounds(deployment).unavailable;
  const newUnavailable = current === undefined ? 0 : replicasOf(current) - available(current);
  let unhealthyRoom = sum(all, replicasOf) - minimum - newUnavailable;
  let availableRoom = sum(all, available) - minimum;
  const eldestFirst = [...old].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  for (const replicaSet of eldestFirst) {
    const size = replicasOf(replicaSet);
    const down = Math.max(0, Math.min(unhealthyRoom, size - available(replicaSet)));
    sizes.set(replicaSet, size - down);
    unhealthyRoom -= down;
  }
  for (const replicaSet of eldestFirst) {
    const size = sizes.get(replicaSet) ?? 0;
    const down = Math.max(0, Math.min(availableRoom, unhealthyRoom, size));
    sizes.set(replicaSet, size - down);
    availableRoom -= down;
    unhealthyRoom -= down;
  }
  return sizes;
}

/** Whether the Deployment was scaled since its ReplicaSets were last sized. */
export function wasScaled(deployment: Deployment, all: readonly ReplicaSet[]): boolean {
  const wanted = wantedBy(deployment);
  return all.some((replicaSet) => {
    const noted = replicaSet.metadata.annotations?.[desiredAnnotation];
    return replicasOf(replicaSet) > 0 && noted !== undefined && Number(noted) !== wanted;
  });
}

/** Sizes after scaling in the middle of a rollout, or while paused: shares stay in proportion. */
export function scaledSizes(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
): Sizes {
  const wanted = wantedBy(deployment);
  const all = current === undefined ? [...old] : [...old, current];
  const active = all.filter((replicaSet) => replicasOf(replicaSet) > 0);
  const only = active.length === 1 ? active[0] : active.length === 0 ? (current ?? newest(old)) : undefined;
  if (only !== undefined) return new Map([[only, wanted]]);
  if (active.length === 0) return new Map();
  if (current !== undefined && replicasOf(current) === wanted && available(current) === wanted) {
    return new Map(old.map((replicaSet) => [replicaSet, 0]));
  }
  if (isRecreate(deployment)) return new Map();
  const allowed = wanted > 0 ? wanted + bounds(deployment).surge : 0;
  let missing = allowed - sum(active, replicasOf);
  const sizes = new Map(active.map((replicaSet) => [replicaSet, replicasOf(replicaSet)]));
  const largestFirst = [...active].sort(
    (a, b) =>
      replicasOf(b) - replicasOf(a) ||
      (a.metadata.creationTimestamp > b.metadata.creationTimestamp === missing > 0 ? -1 : 1),
  );
  for (const replicaSet of largestFirst) {
    const size = replicasOf(replicaSet);
    const before = Number(replicaSet.metadata.annotations?.[maxAnnotation] ?? wanted) || wanted;
    const share = allowed === 0 ? -size : Math.round((size * allowed) / before) - size;
    const step = missing > 0 ? Math.min(Math.max(share, 0), missing) : Math.max(Math.min(share, 0), missing);
    sizes.set(replicaSet, size + step);
    missing -= step;
  }
  const first = largestFirst[0];
  if (first !== undefined) sizes.set(first, Math.max(0, (sizes.get(first) ?? 0) + missing));
  return sizes;
}

export function available(replicaSet: ReplicaSet): number {
  return replicaSet.status?.availableReplicas ?? 0;
}

export function sum(replicaSets: readonly ReplicaSet[], of: (replicaSet: ReplicaSet) => number): number {
  return replicaSets.reduce((total, replicaSet) => total + of(replicaSet), 0);
}

function newest(replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...replicaSets].sort((a, b) => (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1))[0];
}
