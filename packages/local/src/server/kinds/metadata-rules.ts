import type { FieldError } from "../../schema/index.ts";
import { equal } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import {
  immutable,
  labelValueErrors,
  nameErrors,
  type NameRule,
  qualifiedNameErrors,
  refused,
  required,
  wrong,
} from "./field-rules.ts";

const annotationLimit = 256 * 1024;

/** What holds for the metadata of every kind. */
export const metadataErrors = (object: KubeObject, old: KubeObject | undefined, rule: NameRule): FieldError[] => {
  const { metadata } = object;
  const errors: FieldError[] = old ? [] : nameErrors("metadata.name", metadata.name, rule);
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    errors.push(...qualifiedNameErrors("metadata.labels", key), ...labelValueErrors("metadata.labels", value));
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    errors.push(...qualifiedNameErrors("metadata.annotations", key.toLowerCase()));
    size += key.length + value.length;
  }
  if (size > annotationLimit)
    errors.push({
      path: "metadata.annotations",
      type: "TooLong",
      detail: `may not be more than ${annotationLimit} bytes`,
    });
  for (const finalizer of metadata.finalizers ?? [])
    errors.push(...qualifiedNameErrors("metadata.finalizers", finalizer));
  (metadata.ownerReferences ?? []).forEach((owner, index) => {
    for (const member of ["apiVersion", "kind", "name", "uid"]) {
      if (!owner[member])
        errors.push(
          wrong(
            `metadata.ownerReferences[${index}].${member}`,
            owner[member] ?? "",
            `${member === "apiVersion" ? "version" : member} must not be empty`,
          ),
        );
    }
  });
  if ((metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).length > 1) {
    errors.push(wrong("metadata.ownerReferences", null, "Only one reference can have Controller set to true"));
  }
  return old ? [...errors, ...changeErrors(object, old)] : errors;
};

const changeErrors = ({ metadata }: KubeObject, { metadata: old }: KubeObject): FieldError[] => {
  const errors = [
    ...immutable("metadata.name", metadata.name, old.name),
    ...immutable("metadata.namespace", metadata.namespace, old.namespace),
    ...immutable("metadata.uid", metadata.uid, old.uid),
  ];
  if (metadata.resourceVersion === undefined)
    errors.push(required("metadata.resourceVersion", "must be specified for an update"));
  const added = (metadata.finalizers ?? []).filter((name) => !(old.finalizers ?? []).includes(name));
  if (old.deletionTimestamp !== undefined && added.length > 0 && !equal(metadata.finalizers, old.finalizers)) {
    errors.push(
      refused(
        "metadata.finalizers",
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(", ")}}`,
      ),
    );
  }
  return errors;
};
