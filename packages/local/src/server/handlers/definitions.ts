import { type JsonObject, listAt, objectAt, objectsAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { crdStorageKey } from "../kinds/registry.ts";
import type { Resource } from "../kinds/resource.ts";
import { keyOf } from "../storage/storage.ts";
import type { Cluster } from "./cluster.ts";

/** Keeps a definition until the last of its objects is gone. */
export const cleanup = "customresourcecleanup.apiextensions.k8s.io";

const condition = (type: string, reason: string, message: string): JsonObject => ({
  type,
  status: "True",
  reason,
  message,
});

/** A definition is served from the write that stores it, so its status says so at once. Changes the object. */
export const markEstablished = (crd: KubeObject, time: string): void => {
  const versions = objectsAt(crd, "spec", "versions");
  const stored = stringAt(
    versions.find((version) => version["storage"] === true),
    "name",
  );
  const before = listAt(crd, "status", "storedVersions");
  const old = objectsAt(crd, "status", "conditions");
  const wanted = [
    condition("NamesAccepted", "NoConflicts", "no conflicts found"),
    condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
  ];
  crd["status"] = {
    ...objectAt(crd, "status"),
    acceptedNames: { ...objectAt(crd, "spec", "names") },
    storedVersions: [...before, ...(stored !== undefined && !before.includes(stored) ? [stored] : [])],
    conditions: [
      ...old.filter((item) => !wanted.some(({ type }) => type === item["type"])),
      ...wanted.map((item) => ({
        lastTransitionTime:
          stringAt(
            old.find(({ type }) => type === item["type"]),
            "lastTransitionTime",
          ) ?? time,
        ...item,
      })),
    ],
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
