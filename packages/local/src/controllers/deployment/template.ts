/** The ReplicaSet that stands for one version of a Deployment's pod template. */
import type { Deployment, PodTemplate, ReplicaSet } from "../../client/kinds.ts";
import { controlledBy } from "../../client/object.ts";
import { same } from "../../client/same.ts";

export const hashLabel = "pod-template-hash";
export const revisionAnnotation = "deployment.kubernetes.io/revision";
export const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
export const maxAnnotation = "deployment.kubernetes.io/max-replicas";

/** Annotations that belong to one object and are not handed down from the Deployment. */
const own = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  "deployment.kubernetes.io/revision-history",
  desiredAnnotation,
  maxAnnotation,
  "deprecated.deployment.rollback.to",
]);

export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return same(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplate): unknown {
  const labels = Object.entries(template.metadata?.labels ?? {}).filter(([key]) => key !== hashLabel);
  const annotations = template.metadata?.annotations ?? {};
  // A server may or may not write down an empty map or an empty creation time.
  return { labels: Object.fromEntries(labels), annotations, spec: template.spec };
}

/** A short name for a template. `collisions` gives another one when the first is taken. */
export function templateHash(template: PodTemplate, collisions = 0): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  let hash = fnv1a(`${canonical(withoutHash(template))}${collisions === 0 ? "" : String(collisions)}`);
  let name = "";
  for (let i = 0; i < 9; i += 1) {
    name += alphabet.charAt(Number(hash % 27n));
    hash /= 27n;
  }
  return name;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(",")}}`;
}

/** 64-bit FNV-1a. */
function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

export function inheritedAnnotations(deployment: Deployment): Record<string, string> {
  return Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !own.has(key)));
}

export function revisionOf(replicaSet: ReplicaSet): number {
  return Number(replicaSet.metadata.annotations?.[revisionAnnotation] ?? 0) || 0;
}

/** The body of a new ReplicaSet for the Deployment's current template. */
export function replicaSetFor(
  deployment: Deployment,
  spec: { replicas: number; revision: number; annotations: Record<string, string> },
): object {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: {
        ...inheritedAnnotations(deployment),
        ...spec.annotations,
        [revisionAnnotation]: String(spec.revision),
      },
      ownerReferences: [controlledBy(deployment)],
    },
    spec: {
      replicas: spec.replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
