import { listAt, objectAt, objectsAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { crdStorageKey } from "../kinds/registry.ts";
import type { Resource } from "../kinds/resource.ts";
import { keyOf } from "../storage/storage.ts";
import type { Cluster } from "./cluster.ts";

/** Keeps a definition until the last of its objects is gone. */
export const cleanup = "customresourcecleanup.apiextensions.k8s.io";

const accepted = [
  { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
  {
    type: "Established",
    status: "True",
    reason: "InitialNamesAccepted",
    message: "the initial names have been accepted",
  },
];

/** A definition is served from the write that stores it, so its status says so at once. Changes the object. */
export const markEstablished = (crd: KubeObject, time: string): void => {
  const version = objectsAt(crd, "spec", "versions").find(({ storage }) => storage === true);
  const old = objectsAt(crd, "status", "conditions");
  crd["status"] = {
    ...objectAt(crd, "status"),
    acceptedNames: { ...objectAt(crd, "spec", "names") },
    storedVersions: [...new Set([...listAt(crd, "status", "storedVersions"), version?.["name"] ?? ""])],
    conditions: accepted.map(
      (condition) => old.find(({ type }) => type === condition.type) ?? { lastTransitionTime: time, ...condition },
    ),
  };
};

/** Lets a definition go that is being deleted, once none of its objects is left. */
export const finishDefinition = (cluster: Cluster, resource: Resource): void => {
  if (resource.builtIn || cluster.storage.count(resource.storageKey) > 0) return;
  const key = keyOf(undefined, resource.storageKey);
  const crd = cluster.storage.get(crdStorageKey, key);
  if (crd?.metadata.deletionTimestamp === undefined) return;
  const finalizers = (crd.metadata.finalizers ?? []).filter((name) => name !== cleanup);
  const last: KubeObject = { ...crd, metadata: { ...crd.metadata, finalizers } };
  if (finalizers.length > 0) cluster.storage.put(crdStorageKey, last);
  else cluster.storage.remove(crdStorageKey, key, last);
};
