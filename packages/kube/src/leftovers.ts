import type { KubeObject } from "@headgate/api";

/** An entry of metadata.managedFields, as far as we read it. */
interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly fieldsV1?: FieldSet;
}

/** FieldsV1: nested names; a leaf is an empty object, and "." says that the parent itself is owned. */
interface FieldSet {
  readonly [name: string]: FieldSet;
}

/**
 * The managedFields that hand over to the manager's apply what the same manager owns by an earlier create, or undefined when
 * the apply of `desired` needs none of it.
 *
 * An object that was created with POST is owned under the operation Update. Server-side apply only ever removes fields that
 * its own Apply entry owned before and that nobody else owns; so a field that we created and no longer apply would stay for ever.
 * What we still apply needs no handover: a forced apply takes it over where it differs, and where it doesn't, both may own it.
 */
export function adoptedFields(
  object: KubeObject,
  desired: KubeObject,
  manager: string,
): readonly unknown[] | undefined {
  const entries = (object.metadata.managedFields ?? []) as readonly ManagedFields[];
  const mine = entries.filter((entry) => entry.manager === manager && (entry.subresource ?? "") === "");
  const created = mine.filter((entry) => entry.operation === "Update");
  if (created.every((entry) => names(desired, entry.fieldsV1 ?? {}))) return undefined;
  const applied = mine.find((entry) => entry.operation === "Apply");
  const all = created.reduce<FieldSet>((sum, entry) => merged(sum, entry.fieldsV1 ?? {}), applied?.fieldsV1 ?? {});
  const others = entries.filter((entry) => !mine.includes(entry));
  return [{ ...(applied ?? created[0]), operation: "Apply", fieldsV1: all }, ...others];
}

/** Whether a value has every one of the fields. False where that can't be told: a handover too many does no harm. */
function names(value: unknown, fields: FieldSet): boolean {
  return Object.entries(fields).every(([step, inner]) => {
    if (step === ".") return true;
    const found = at(value, step);
    return found !== undefined && names(found, inner);
  });
}

/** What a step of FieldsV1 leads to: `f:` a field, `k:` the item of a list with these fields, `v:` the very item. */
function at(value: unknown, step: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const [how, what] = [step.slice(0, 2), step.slice(2)];
  if (how === "f:") return (value as Readonly<Record<string, unknown>>)[what];
  if (!Array.isArray(value)) return undefined;
  const wanted = how === "k:" || how === "v:" ? (JSON.parse(what) as unknown) : undefined;
  return value.find((item: unknown) => (how === "k:" ? isPartOf(wanted, item) : item === wanted));
}

function isPartOf(keys: unknown, item: unknown): boolean {
  if (typeof keys !== "object" || keys === null || typeof item !== "object" || item === null) return false;
  return Object.entries(keys).every(([name, value]) => (item as Readonly<Record<string, unknown>>)[name] === value);
}

function merged(a: FieldSet, b: FieldSet): FieldSet {
  const sum: Record<string, FieldSet> = { ...a };
  for (const [name, inner] of Object.entries(b)) sum[name] = merged(sum[name] ?? {}, inner);
  return sum;
}
