import type { KubeObject } from "@headgate/api";

import { namesAll } from "./managed-fields.ts";
import type { FieldSet, ManagedFields } from "./managed-fields.ts";

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
  if (created.every((entry) => namesAll(desired, entry.fieldsV1 ?? {}))) return undefined;
  const applied = mine.find((entry) => entry.operation === "Apply");
  const all = created.reduce<FieldSet>((sum, entry) => merged(sum, entry.fieldsV1 ?? {}), applied?.fieldsV1 ?? {});
  const others = entries.filter((entry) => !mine.includes(entry));
  return [{ ...(applied ?? created[0]), operation: "Apply", fieldsV1: all }, ...others];
}

function merged(a: FieldSet, b: FieldSet): FieldSet {
  const sum: Record<string, FieldSet> = { ...a };
  for (const [name, inner] of Object.entries(b)) sum[name] = merged(sum[name] ?? {}, inner);
  return sum;
}
