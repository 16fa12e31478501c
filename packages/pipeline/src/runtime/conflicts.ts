import type { Json } from "@headgate/api";
import { sameValue } from "@headgate/delta";
import type { Explanation } from "@headgate/delta";

import { resourceId } from "../spec/resource.ts";
import { below } from "../problem.ts";
import { isDoc } from "../value.ts";
import type { Doc } from "../value.ts";
import type { ViewWriter } from "./layers.ts";
import type { MountedController } from "./mount.ts";
import type { WiredView, Wiring } from "./wiring.ts";

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

/** The objects that a controller's own rows disagree about. Cost: its rows. */
export function conflictsOf({ controller, rows }: MountedController): readonly Conflict[] {
  return [...rows.entries()].flatMap(([key, { claims }]): readonly Conflict[] =>
    claims === 1
      ? []
      : [{ target: resourceId(controller.target.resource), key, controllers: [controller.id], fields: [] }],
  );
}

/** Where controllers that share a target disagree about an object. Cost: the rows of those controllers. */
export function conflictsBetween(target: string, writers: readonly MountedController[]): readonly Conflict[] {
  const claims = writers.flatMap(({ controller, rows }) =>
    [...rows.entries()].map(([key, { object }]) => ({
      key,
      claim: { id: controller.id, replaces: controller.target.type === "Updater", object },
    })),
  );
  return disagreementsOf(target, claims);
}

/**
 * The same of a view. Who patches there comes after those who make the object, and whoever makes an object of what it was before
 * comes after that: neither of them is at odds with the others.
 */
export function conflictsWithin(view: WiredView, wiring: Pick<Wiring, "mounted" | "graph">): readonly Conflict[] {
  const writers = view.writers.filter(({ patch }) => !patch);
  const patchers = view.writers.filter(({ patch }) => patch);
  const [first] = view.writers.flatMap(({ id }) => wiring.mounted.get(id) ?? []);
  if (first === undefined) return [];
  const target = resourceId({ ...first.controller.target.resource, version: undefined });
  return [writers, patchers].flatMap((some) =>
    some.length < 2
      ? []
      : disagreementsOf(
          target,
          some.flatMap((writer) =>
            [...writer.rows.entries()].flatMap(([key, { object }]) =>
              goesOn(view, writer, key, wiring)
                ? []
                : [{ key, claim: { id: writer.id, replaces: !writer.patch, object } }],
            ),
          ),
        ),
  );
}

/** Whether a writer of a view makes an object of what that very object was. */
function goesOn(
  { id, circular }: WiredView,
  writer: ViewWriter,
  key: string,
  { graph }: Pick<Wiring, "graph">,
): boolean {
  if (!circular || !writer.inner) return false;
  const leads = ({ collection, key: of, because }: Explanation): boolean =>
    because.length === 0 ? collection === id && of === key : because.some(leads);
  const why = graph.explain(writer.rows, key);
  return why !== undefined && leads(why);
}

interface Claim {
  readonly id: string;
  readonly replaces: boolean;
  readonly object: Doc;
}

function disagreementsOf(
  target: string,
  all: readonly { readonly key: string; readonly claim: Claim }[],
): readonly Conflict[] {
  const byKey = new Map<string, Claim[]>();
  for (const { key, claim } of all) {
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [claim]);
    else known.push(claim);
  }
  return [...byKey].flatMap(([key, claims]) => {
    const [first, ...others] = claims;
    if (first === undefined || others.length === 0) return [];
    const fields = new Set<string>();
    for (const { object } of others) disagreements(first.object, object, "", fields);
    const replaces = claims.some((claim) => claim.replaces);
    if (fields.size === 0 && !(replaces && others.some(({ object }) => !sameValue(object, first.object)))) return [];
    return [{ target, key, controllers: claims.map(({ id }) => id), fields: [...fields].slice(0, maxFields) }];
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
