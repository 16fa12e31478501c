import type { KubeObject, ObjectMeta } from "../json/object.ts";
import type { Check, NameRule } from "./check.ts";

const annotationLimit = 256 * 1024;

/** What holds for the metadata of every kind. */
export const checkMetadata = (
  check: Check,
  { metadata }: KubeObject,
  old: KubeObject | undefined,
  rule: NameRule,
): void => {
  if (old) checkChange(check, metadata, old.metadata);
  else check.name("metadata.name", metadata.name, rule);
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    check.qualifiedName("metadata.labels", key);
    check.labelValue("metadata.labels", value);
  }
  const annotations = Object.entries(metadata.annotations ?? {});
  for (const [key] of annotations) check.qualifiedName("metadata.annotations", key.toLowerCase());
  const size = annotations.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const detail = `may not be more than ${annotationLimit} bytes`;
  if (size > annotationLimit) check.errors.push({ path: "metadata.annotations", type: "TooLong", detail });
  for (const finalizer of metadata.finalizers ?? []) check.qualifiedName("metadata.finalizers", finalizer);
  const owners = metadata.ownerReferences ?? [];
  for (const [index, owner] of owners.entries()) {
    for (const member of ["apiVersion", "kind", "name", "uid"]) {
      const what = member === "apiVersion" ? "version" : member;
      check.wrong(
        !owner[member],
        `metadata.ownerReferences[${index}].${member}`,
        owner[member] ?? "",
        `${what} must not be empty`,
      );
    }
  }
  const controllers = owners.filter((owner) => owner.controller === true).length;
  check.wrong(controllers > 1, "metadata.ownerReferences", null, "Only one reference can have Controller set to true");
};

const checkChange = (check: Check, metadata: ObjectMeta, old: ObjectMeta): void => {
  for (const name of ["name", "namespace", "uid"]) check.immutable(`metadata.${name}`, metadata[name], old[name]);
  const added = (metadata.finalizers ?? []).filter((name) => !(old.finalizers ?? []).includes(name));
  const names = added.map((name) => JSON.stringify(name)).join(", ");
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`;
  check.forbid(old.deletionTimestamp !== undefined && added.length > 0, "metadata.finalizers", detail);
};
