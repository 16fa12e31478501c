import type { KubeObject } from "@headgate/api";

/** The lists of which each writer owns single items, by kind and path, with the fields that tell the items apart. */
const keyedLists: Readonly<Record<string, readonly string[]>> = {
  "*.metadata.ownerReferences": ["uid"],
  "Service.spec.ports": ["port", "protocol"],
};

/**
 * Whether an object lacks anything that is desired of it.
 *
 * What the API server or others added is no difference: fields beside ours, also within the items of a list. Lists are
 * compared in order and length, but those that the API server merges by item (owner references, the ports of a Service)
 * item by item.
 */
export function lacks(desired: KubeObject, observed: KubeObject): boolean {
  const { metadata, ...rest } = desired;
  const { labels, annotations, ownerReferences } = metadata;
  return (
    !holds(observed.metadata, { labels, annotations, ownerReferences }, "*.metadata") ||
    Object.entries(rest).some(([name, value]) => {
      if (name === "apiVersion" || name === "kind") return false;
      return !holds(observed[name], value, `${desired.kind}.${name}`);
    })
  );
}

/** Whether everything in `desired` is in `observed`. */
function holds(observed: unknown, desired: unknown, path: string): boolean {
  if (desired === undefined) return true;
  if (Array.isArray(desired)) return Array.isArray(observed) && holdsItems(observed, desired, path);
  if (typeof desired !== "object" || desired === null) return observed === desired;
  if (typeof observed !== "object" || observed === null) return Object.keys(desired).length === 0;
  const found = observed as Readonly<Record<string, unknown>>;
  return Object.entries(desired).every(([name, value]) => holds(found[name], value, `${path}.${name}`));
}

function holdsItems(observed: readonly unknown[], desired: readonly unknown[], path: string): boolean {
  const keys = keyedLists[path];
  if (keys === undefined) {
    return observed.length === desired.length && desired.every((item, i) => holds(observed[i], item, `${path}[]`));
  }
  const identity = (item: unknown): string =>
    JSON.stringify(keys.map((key) => (item as Readonly<Record<string, unknown>> | null)?.[key]));
  const found = new Map(observed.map((item) => [identity(item), item]));
  return desired.every((item) => holds(found.get(identity(item)), item, `${path}[]`));
}
