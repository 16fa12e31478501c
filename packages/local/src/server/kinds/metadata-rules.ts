import type { FieldError } from "../../schema/index.ts";
import type { KubeObject, ObjectMeta } from "../json/object.ts";
import { changed, faults, forbidden, invalid } from "./faults.ts";
import { keyFault, nameFault, type NameRule } from "./names.ts";

const annotationLimit = 256 * 1024;

const change = (metadata: ObjectMeta, old: ObjectMeta): FieldError[] => {
  const added = (metadata.finalizers ?? []).filter((name) => !(old.finalizers ?? []).includes(name));
  const names = added.map((name) => JSON.stringify(name)).join(", ");
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`;
  return [
    ...["name", "namespace", "uid"].flatMap((name) => changed(`metadata.${name}`, metadata[name], old[name])),
    ...faults(old.deletionTimestamp !== undefined && added.length > 0 && forbidden("metadata.finalizers", detail)),
  ];
};

const finalizerFault = (name: string): string | undefined =>
  /\/|^(orphan|foregroundDeletion|kubernetes)$/.test(name)
    ? keyFault(name)
    : "name is neither standard nor fully qualified";

/** What is wrong with an object's metadata, whatever its kind. */
export const checkMetadata = (
  { metadata }: KubeObject,
  old: KubeObject | undefined,
  rule: NameRule,
): readonly FieldError[] => {
  const { name, labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = metadata;
  const fault = (path: string, value: string, detail: string | undefined): FieldError | undefined =>
    detail === undefined ? undefined : invalid(path, value, detail);
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const limit = `may not be more than ${annotationLimit} bytes`;
  const controllers = ownerReferences.filter((owner) => owner.controller === true).length;
  return [
    ...(old ? change(metadata, old.metadata) : faults(fault("metadata.name", name, nameFault(name, rule)))),
    ...Object.keys(labels).flatMap((key) => faults(fault("metadata.labels", key, keyFault(key)))),
    ...Object.values(labels).flatMap((value) => faults(fault("metadata.labels", value, nameFault(value, "value")))),
    ...Object.keys(annotations).flatMap((key) =>
      faults(fault("metadata.annotations", key, keyFault(key.toLowerCase()))),
    ),
    ...finalizers.flatMap((finalizer) => faults(fault("metadata.finalizers", finalizer, finalizerFault(finalizer)))),
    ...faults(
      size > annotationLimit && { path: "metadata.annotations", type: "TooLong", detail: limit },
      controllers > 1 &&
        invalid("metadata.ownerReferences", null, "Only one reference can have Controller set to true"),
    ),
  ];
};
