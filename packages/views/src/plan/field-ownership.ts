import { fieldManager } from "@headgate/api";
import type { Desired, KubeObject } from "@headgate/api";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether someone else took fields that we apply, by the object's managed fields.
 *
 * That happens when a list that is ours as a whole is edited, even where the edit only adds to its items. An object
 * without managed fields (they may be dropped on reading, to save memory) tells nothing: false.
 */
export function lostFields({ controller, object }: Desired, observed: KubeObject): boolean {
  const { managedFields = [] } = observed.metadata;
  if (managedFields.length === 0) return false;
  const ours = fieldsOwned(controller, observed);
  const { labels, annotations, ownerReferences } = object.metadata;
  const rest = Object.entries(object).filter(([name]) => !["apiVersion", "kind", "metadata"].includes(name));
  return !owned(ours, { metadata: { labels, annotations, ownerReferences }, ...Object.fromEntries(rest) });
}

/** The trees of fields that a controller owns, as FieldsV1 spells them. */
export function fieldsOwned(controller: string, { metadata }: KubeObject): readonly Fields[] {
  return (metadata.managedFields ?? [])
    .map(record)
    .filter((entry) => entry["manager"] === fieldManager(controller) && entry["subresource"] === undefined)
    .map((entry) => record(entry["fieldsV1"]));
}

/** Whether one of the trees has each of the fields. A list counts as one field: its items follow the API server's own rules. */
function owned(trees: readonly Fields[], fields: Fields): boolean {
  return Object.entries(fields).every(([name, value]) => {
    if (value === undefined) return true;
    const below = trees.filter((tree) => `f:${name}` in tree).map((tree) => record(tree[`f:${name}`]));
    if (below.length === 0) return isEmpty(value);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
    // A tree that ends here owns the field as a whole.
    return below.some((tree) => Object.keys(tree).length === 0) || owned(below, value as Fields);
  });
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every((field) => field === undefined);
}

/** The value as a record; an empty one when it is none. */
export function record(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
