import { fieldManager } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { hasKeys, namesAll } from "@headgate/kube";
import type { FieldSet, ManagedFields } from "@headgate/kube";

/** What part of an object: itself, or its status where that is written apart. */
export type Part = "main" | "status";

function entriesOf({ metadata }: KubeObject): readonly ManagedFields[] {
  return (metadata.managedFields ?? []) as readonly ManagedFields[];
}

function partOf({ subresource }: ManagedFields): Part | undefined {
  if (subresource === undefined || subresource === "") return "main";
  return subresource === "status" ? "status" : undefined;
}

/** The managers among those with the prefix that own anything of the object, each with the parts. */
export function managersOf(object: KubeObject, prefix: string): ReadonlyMap<string, ReadonlySet<Part>> {
  const found = new Map<string, Set<Part>>();
  for (const entry of entriesOf(object)) {
    const part = partOf(entry);
    if (part === undefined || entry.manager?.startsWith(prefix) !== true) continue;
    found.set(entry.manager, (found.get(entry.manager) ?? new Set<Part>()).add(part));
  }
  return found;
}

/** What the controller applied of the object. What it owns by having created it is not in it: that includes the API server's defaults. */
function applied(object: KubeObject, controller: string, part: Part): FieldSet {
  const manager = fieldManager(controller);
  const entry = entriesOf(object).find(
    (one) => one.manager === manager && one.operation === "Apply" && partOf(one) === part,
  );
  return entry?.fieldsV1 ?? {};
}

/** Whether an apply of `desired` would change anything: a value that is not there, or one of ours that is not wanted any more. */
export function differs(
  desired: KubeObject,
  observed: KubeObject,
  { controller, part }: { readonly controller: string; readonly part: Part },
): boolean {
  const tree = applied(observed, controller, part);
  const { metadata, ...rest } = desired;
  const { labels, annotations } = metadata;
  const wanted = { ...rest, metadata: { labels, annotations } };
  return !holds(wanted, observed, tree) || !namesAll(wanted, tree, isOf);
}

/** Whether everything that is desired is there. Items of a list are found as the API server tells them apart. */
function holds(desired: unknown, observed: unknown, tree: FieldSet): boolean {
  if (desired === undefined) return true;
  if (Array.isArray(desired)) return Array.isArray(observed) && holdsItems(desired, observed, tree);
  if (typeof desired !== "object" || desired === null) return observed === desired;
  if (typeof observed !== "object" || observed === null) return Object.keys(desired).length === 0;
  const found = observed as Readonly<Record<string, unknown>>;
  return Object.entries(desired).every(([name, value]) => holds(value, found[name], tree[`f:${name}`] ?? {}));
}

function holdsItems(desired: readonly unknown[], observed: readonly unknown[], tree: FieldSet): boolean {
  const keyed = Object.keys(tree).filter((step) => step.startsWith("k:"));
  if (keyed.length > 0) {
    return desired.every((item) => {
      const step = keyed.find((one) => isOf(JSON.parse(one.slice(2)), item));
      if (step === undefined) return false;
      const keys: unknown = JSON.parse(step.slice(2));
      const found = observed.find((one) => hasKeys(keys, one));
      return found !== undefined && holds(item, found, tree[step] ?? {});
    });
  }
  if (Object.keys(tree).some((step) => step.startsWith("v:"))) return desired.every((item) => observed.includes(item));
  return desired.length === observed.length && desired.every((item, i) => holds(item, observed[i], {}));
}

/** Whether keys tell an item apart as it is desired, which may leave one to the API server's default. */
function isOf(keys: unknown, item: unknown): boolean {
  if (typeof keys !== "object" || keys === null || typeof item !== "object" || item === null) return false;
  const own = item as Readonly<Record<string, unknown>>;
  const entries = Object.entries(keys);
  return entries.some(([name]) => name in own) && entries.every(([name, value]) => (own[name] ?? value) === value);
}
