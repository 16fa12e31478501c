import type { Json } from "@headgate/api";
import { sameValue } from "@headgate/delta";

import { below } from "../problem.ts";
import { isDoc } from "../value.ts";
import type { Doc } from "../value.ts";
import type { MountedController } from "./mount.ts";

/** Rows that want different things of one object. */
export interface Conflict {
  /** The resource of the target, as in `core/v1/Service`. */
  readonly target: string;
  readonly key: string;
  /** The controllers that write it: one whose rows disagree among themselves, or several. */
  readonly controllers: readonly string[];
  /** What they give different values to, the first ten; empty when whole objects replace each other. */
  readonly fields: readonly string[];
}

const maxFields = 10;

/** Where controllers that share a target disagree about an object. Cost: the rows of those controllers. */
export function conflictsBetween(target: string, writers: readonly MountedController[]): readonly Conflict[] {
  const byKey = new Map<string, { readonly writer: MountedController; readonly object: Doc }[]>();
  for (const writer of writers)
    for (const [key, { object }] of writer.rows.entries())
      byKey.set(key, [...(byKey.get(key) ?? []), { writer, object }]);
  return [...byKey].flatMap(([key, claims]) => {
    const [first, ...others] = claims;
    if (first === undefined || others.length === 0) return [];
    const fields = new Set<string>();
    for (const { object } of others) disagreements(first.object, object, "", fields);
    const replaces = claims.some(({ writer }) => writer.controller.target.type === "Updater");
    if (fields.size === 0 && !(replaces && others.some(({ object }) => !sameValue(object, first.object)))) return [];
    return [
      {
        target,
        key,
        controllers: claims.map(({ writer }) => writer.controller.id),
        fields: [...fields].slice(0, maxFields),
      },
    ];
  });
}

function disagreements(a: Json, b: Json, at: string, found: Set<string>): void {
  if (!isDoc(a) || !isDoc(b)) {
    if (!sameValue(a, b)) found.add(at);
    return;
  }
  for (const [name, value] of Object.entries(a))
    if (Object.hasOwn(b, name)) disagreements(value, b[name] ?? null, below(at, name), found);
}
