import { badRequest, conflict, forbidden } from "../http/api-error.ts";
import { type ApiRequest, isDryRun } from "../http/api-request.ts";
import { parseBody } from "../http/media-type.ts";
import { oneOf, refuseOptions } from "../http/options.ts";
import { at, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from "../json/json.ts";
import type { KubeObject, ObjectMeta } from "../json/object.ts";
import { crdStorageKey } from "../kinds/registry.ts";
import type { Resource } from "../kinds/resource.ts";
import { type Cluster, timestamp } from "./cluster.ts";
import { cleanup, finishDefinition } from "./definitions.ts";
import { itemOf } from "./list.ts";
import { selectionOf } from "./selectors.ts";
import { asVersion, find, isReleased, removeObject } from "./write.ts";

export interface DeleteOptions {
  readonly grace?: number | undefined;
  readonly propagation: string;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly dryRun?: boolean;
}

export const deleteOptions = (request: ApiRequest): DeleteOptions => {
  const { body, query, incoming } = request;
  const sent: Json = body.length === 0 ? {} : parseBody(body, incoming.headers["content-type"]);
  if (!isObject(sent) || (sent["kind"] ?? "DeleteOptions") !== "DeleteOptions")
    throw badRequest("the body of a delete must be DeleteOptions");
  const graceText = query.get("gracePeriodSeconds");
  const propagation = stringAt(sent, "propagationPolicy") ?? query.get("propagationPolicy") ?? "Background";
  if ("orphanDependents" in sent || query.has("orphanDependents"))
    throw badRequest("orphanDependents is not supported: use propagationPolicy");
  refuseOptions("DeleteOptions", [oneOf("propagationPolicy", propagation, "Background", "Foreground", "Orphan")]);
  const dryRun = at(sent, "dryRun");
  const grace = at(sent, "gracePeriodSeconds") ?? (graceText === null ? undefined : Number(graceText));
  if (grace !== undefined && !(typeof grace === "number" && Number.isInteger(grace)))
    throw badRequest("gracePeriodSeconds must be an integer");
  return {
    // A negative one means the shortest.
    grace: grace === undefined ? undefined : Math.max(grace, grace < 0 ? 1 : 0),
    propagation,
    uid: stringAt(sent, "preconditions", "uid"),
    resourceVersion: stringAt(sent, "preconditions", "resourceVersion"),
    dryRun: isDryRun(request) || (Array.isArray(dryRun) && dryRun.includes("All")),
  };
};

const graceOf = (object: KubeObject, asked: number | undefined): number => {
  if (object.kind !== "Pod" || object.apiVersion !== "v1") return 0;
  const phase = stringAt(object, "status", "phase");
  // Nobody has started a pod without a node, and nothing of a finished one is running.
  if (!stringAt(object, "spec", "nodeName") || phase === "Succeeded" || phase === "Failed") return 0;
  return asked ?? numberAt(object, "spec", "terminationGracePeriodSeconds") ?? 30;
};

const finalizersFor = (object: KubeObject, resource: Resource, propagation: string): string[] => {
  const others = (object.metadata.finalizers ?? []).filter(
    (name) => name !== "foregroundDeletion" && name !== "orphan",
  );
  if (propagation === "Foreground") others.push("foregroundDeletion");
  if (propagation === "Orphan") others.push("orphan");
  if (
    resource.storageKey === crdStorageKey &&
    !others.includes(cleanup) &&
    object.metadata.deletionTimestamp === undefined
  )
    others.push(cleanup);
  return others;
};

const checkPreconditions = (resource: Resource, metadata: ObjectMeta, options: DeleteOptions): void => {
  for (const [name, wanted, found] of [
    ["UID", options.uid, metadata.uid],
    ["ResourceVersion", options.resourceVersion, metadata.resourceVersion],
  ]) {
    const what = `Precondition failed: ${name} in precondition: ${wanted}, ${name} in object meta: ${found}`;
    if (wanted !== undefined && wanted !== found)
      throw conflict({ ...resource, plural: resource.builtIn ? resource.kind : resource.plural }, metadata.name, what);
  }
};

/** Deletes an object, or marks it as being deleted while finalizers or its grace period keep it. `gone`: it was removed. */
export const deleteObject = (
  cluster: Cluster,
  resource: Resource,
  object: KubeObject,
  options: DeleteOptions,
): { readonly gone: boolean; readonly object: KubeObject } => {
  const { metadata } = object;
  checkPreconditions(resource, metadata, options);
  const isNamespace = object.kind === "Namespace" && object.apiVersion === "v1";
  if (isNamespace && /^(default|kube-public|kube-system)$/.test(metadata.name))
    throw forbidden(resource, metadata.name, "this namespace may not be deleted");
  const grace = graceOf(object, options.grace);
  const earlier = metadata.deletionGracePeriodSeconds;
  const deleting = metadata.deletionTimestamp !== undefined;
  const shortened = !deleting || earlier === undefined || grace < earlier;
  const finalizers = finalizersFor(object, resource, options.propagation);
  const marked: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      ...(shortened && {
        deletionTimestamp: timestamp(cluster.now() + grace * 1000),
        ...(!isNamespace && { deletionGracePeriodSeconds: grace }),
      }),
      ...(!deleting && metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
  };
  if (finalizers.length > 0) marked.metadata.finalizers = finalizers;
  else delete marked.metadata.finalizers;
  if (isNamespace) marked["status"] = { ...objectAt(object, "status"), phase: "Terminating" };

  if (isReleased(marked)) {
    if (options.dryRun) return { gone: true, object: marked };
    // Nobody is told of a mark that was never stored, but for a pod's.
    return { gone: true, object: removeObject(cluster, resource, object.kind === "Pod" ? marked : object) };
  }
  const changed = shortened || JSON.stringify(finalizers) !== JSON.stringify(metadata.finalizers ?? []);
  if (!changed) return { gone: false, object };
  if (options.dryRun) return { gone: false, object: marked };
  const stored = cluster.storage.put(resource.storageKey, { ...marked, apiVersion: resource.storedAs });
  if (resource.storageKey === crdStorageKey) return { gone: deleteInstances(cluster, stored), object: stored };
  return { gone: false, object: asVersion(stored, resource) };
};

/** Deletes every object of a definition. True when that let the definition go. */
const deleteInstances = (cluster: Cluster, crd: KubeObject): boolean => {
  const resource = cluster.registry.of(crd);
  if (!resource) return false;
  for (const object of cluster.storage.list(resource.storageKey))
    deleteObject(cluster, resource, object, { propagation: "Background" });
  finishDefinition(cluster, resource);
  return cluster.storage.get(crdStorageKey, `/${crd.metadata.name}`) === undefined;
};

export const handleDelete = (cluster: Cluster, request: ApiRequest): JsonObject => {
  const { resource } = request;
  const options = deleteOptions(request);
  const { gone, object } = deleteObject(cluster, resource, find(cluster, request), options);
  // Of these kinds the real server shows what it has deleted.
  if (!gone || ["pods.", "services.", "serviceaccounts."].includes(resource.storageKey)) return object;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: object.metadata.name,
      ...(resource.group !== "" && { group: resource.group }),
      kind: resource.plural,
      uid: object.metadata.uid,
    },
  };
};

export const handleDeleteCollection = (cluster: Cluster, request: ApiRequest): JsonObject => {
  const { resource, namespace, query } = request;
  const selects = selectionOf(query, resource);
  const options = deleteOptions(request);
  const chosen = cluster.storage.list(resource.storageKey, namespace).filter(selects);
  for (const object of chosen) deleteObject(cluster, resource, asVersion(object, resource), options);
  return {
    kind: `${resource.kind}List`,
    apiVersion: resource.storedAs,
    metadata: { resourceVersion: String(cluster.storage.revision) },
    items: chosen.map((object) => itemOf(object, resource)),
  };
};
