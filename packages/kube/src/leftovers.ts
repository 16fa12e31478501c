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
 * there is nothing to hand over.
 *
 * An object that was created with POST is owned under the operation Update. Server-side apply only ever removes fields that
 * its own Apply entry owned before and that nobody else owns; so a field that we created and no longer apply would stay for ever.
 */
export function adoptedFields(object: KubeObject, manager: string): readonly unknown[] | undefined {
  const entries = (object.metadata.managedFields ?? []) as readonly ManagedFields[];
  const mine = entries.filter((entry) => entry.manager === manager && (entry.subresource ?? "") === "");
  const created = mine.filter((entry) => entry.operation === "Update");
  const applied = mine.find((entry) => entry.operation === "Apply");
  const owned = applied?.fieldsV1 ?? {};
  if (created.every((entry) => covers(owned, entry.fieldsV1 ?? {}))) return undefined;
  const all = created.reduce<FieldSet>((sum, entry) => merged(sum, entry.fieldsV1 ?? {}), owned);
  const others = entries.filter((entry) => !mine.includes(entry));
  return [{ ...(applied ?? created[0]), operation: "Apply", fieldsV1: all }, ...others];
}

function covers(whole: FieldSet, part: FieldSet): boolean {
  return Object.entries(part).every(([name, inner]) => {
    const outer = whole[name];
    return outer !== undefined && covers(outer, inner);
  });
}

function merged(a: FieldSet, b: FieldSet): FieldSet {
  const sum: Record<string, FieldSet> = { ...a };
  for (const [name, inner] of Object.entries(b)) sum[name] = merged(sum[name] ?? {}, inner);
  return sum;
}
