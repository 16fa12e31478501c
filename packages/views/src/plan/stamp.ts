import { hash } from "@headgate/api";
import type { Desired } from "@headgate/api";

/** The annotation that holds a hash of what was last applied. */
export const appliedAnnotation = "headgate.io/applied";

/**
 * The object with a mark of what is desired of it.
 *
 * The mark is what shows that a field is no longer desired: inside a list that is ours as a whole (the rules of a route),
 * neither its content nor the list of managed fields can tell such a field from one that the API server filled in.
 */
export function stamped(desired: Desired): Desired {
  const { object } = desired;
  const annotations = { ...object.metadata.annotations, [appliedAnnotation]: hash(canonical(object)) };
  return { ...desired, object: { ...object, metadata: { ...object.metadata, annotations } } };
}

/** JSON that is the same for the same value. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(",")}}`;
}
