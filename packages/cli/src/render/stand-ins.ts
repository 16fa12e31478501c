import { groupOf, hash, identityKey, nameKey, policyLabel, refOf, resourceTypes, routeWanted } from "@headgate/api";
import type { KubeObject, ResourceType } from "@headgate/api";

/** The address that a pod without a status is shown with: one that RFC 5737 keeps for documentation. */
export const standInAddress = "192.0.2.1";

/** The object in the namespace `default` when it has none and its kind lives in namespaces. */
export function withNamespace(object: KubeObject): KubeObject {
  if (object.metadata.namespace !== undefined || isClusterScoped(object)) return object;
  return { ...object, metadata: { ...object.metadata, namespace: "default" } };
}

/** The object with what only a cluster gives: a uid, the same each time, and for a pod without a status that of a ready one. */
export function withStandIns(object: KubeObject): KubeObject {
  const placed = withNamespace(object);
  const uid = placed.metadata.uid ?? standInUid(placed);
  const whole = { ...placed, metadata: { ...placed.metadata, uid } };
  return lacksStatus(object) ? { ...whole, status: readyStatus } : whole;
}

/** A Deployment as it would be once a replica of it can serve. */
export function asAvailable(deployment: KubeObject): KubeObject {
  const conditions = [{ type: "Available", status: "True" }];
  return { ...withStandIns(deployment), status: { availableReplicas: 1, conditions } };
}

/** A policy's route as it would be once its Gateways have taken it; undefined for anything else. */
export function asAccepted(object: KubeObject): KubeObject | undefined {
  const { parentRefs } = (object.spec ?? {}) as { readonly parentRefs?: readonly object[] };
  if (parentRefs === undefined || object.metadata.labels?.[policyLabel] === undefined) return undefined;
  const conditions = ["Accepted", "ResolvedRefs"].map((type) => ({ type, status: "True" }));
  return { ...withStandIns(object), status: { parents: parentRefs.map((parentRef) => ({ parentRef, conditions })) } };
}

/** What was assumed of an object, for a person to know; undefined when it changes nothing. */
export function assumption(object: KubeObject): string | undefined {
  if (!lacksStatus(object) || routeWanted(object) !== "yes") return undefined;
  return `Pod ${nameKey(object.metadata)} has no status: shown as if it were ready at ${standInAddress}`;
}

const readyStatus = { phase: "Running", podIP: standInAddress, conditions: [{ type: "Ready", status: "True" }] };

function lacksStatus({ apiVersion, kind, status }: KubeObject): boolean {
  return apiVersion === "v1" && kind === "Pod" && (status === undefined || status === null);
}

function standInUid(object: KubeObject): string {
  return `00000000-0000-4000-8000-${hash(identityKey(refOf(object))).slice(0, 12)}`;
}

const clusterScopedKinds: ReadonlySet<string> = new Set([
  ...Object.values<ResourceType>(resourceTypes)
    .filter(({ namespaced }) => !namespaced)
    .map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`),
  "/Node",
  "/PersistentVolume",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
]);

function isClusterScoped({ apiVersion, kind }: KubeObject): boolean {
  return clusterScopedKinds.has(`${groupOf(apiVersion)}/${kind}`);
}
