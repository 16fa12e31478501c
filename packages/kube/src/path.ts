import type { ResourceType } from "@headgate/api";
import { groupOf, OpError } from "@headgate/api";

/** What a path names: a collection without `name`, else one object, or one of its subresources. */
export interface Place {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The path of a collection; of all namespaces when none is given. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = groupOf(type.apiVersion) === "" ? `/api/${type.apiVersion}` : `/apis/${type.apiVersion}`;
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${scope}/${type.plural}`;
}

/**
 * The path of one object. Throws OpError INVALID without a name, or without a namespace where the kind has one:
 * the path would name a whole collection.
 */
export function objectPath(type: ResourceType, place: Place): string {
  const { namespace, name, subresource } = place;
  if (name === undefined || name === "") throw new OpError("INVALID", `${type.kind}: metadata.name is missing`);
  requireNamespace(type, namespace);
  const tail = subresource === undefined ? "" : `/${subresource}`;
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}${tail}`;
}

/** Throws OpError INVALID when the kind lives in namespaces and none is given. */
export function requireNamespace(type: ResourceType, namespace: string | undefined): void {
  if (type.namespaced && (namespace === undefined || namespace === "")) {
    throw new OpError("INVALID", `${type.kind}: metadata.namespace is missing`);
  }
}
