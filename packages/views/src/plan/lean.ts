import type { Json, KubeObject } from "@headgate/api";
import { record } from "./field-ownership.ts";

/** Managers of ours, as `fieldManager` names them. */
const ours = "headgate/";

/**
 * The object without what a plan never reads of its managed fields, which are more than half of many an object: what others own but for
 * a Deployment's replicas, what is owned of a status, and whose the owner references are.
 */
export function leanChild(object: KubeObject): KubeObject {
  const { managedFields } = object.metadata;
  if (managedFields === undefined || managedFields.length === 0) return object;
  const kept = managedFields.flatMap(leanEntry);
  // No entry at all would say that nothing is known.
  const lean = kept.length > 0 ? kept : [{ manager: "others", fieldsV1: {} }];
  return { ...object, metadata: { ...object.metadata, managedFields: lean } };
}

function leanEntry(entry: Json): readonly Json[] {
  const { manager, subresource, fieldsV1 } = record(entry) as { [field: string]: Json };
  if (typeof manager !== "string") return [];
  const fields = record(fieldsV1);
  if (manager.startsWith(ours)) {
    if (subresource !== undefined) return [];
    const metadata = record(fields["f:metadata"]);
    const references = "f:ownerReferences" in metadata ? { "f:ownerReferences": {} } : {};
    const tree = { ...fields, ...("f:metadata" in fields && { "f:metadata": { ...metadata, ...references } }) };
    return [{ manager, fieldsV1: tree as Json }];
  }
  if (!("f:replicas" in record(fields["f:spec"]))) return [];
  return [{ manager, fieldsV1: { "f:spec": { "f:replicas": {} } } }];
}
