import { ageOf, kindKey, targetsOf } from "./hosted.ts";
import type { Hosted, WrittenKind } from "./hosted.ts";
import type { LedgerWriter } from "./ledger.ts";
import type { LedgerKind, LedgerState } from "./ledgers.ts";
import { placeOf, shortName } from "./names.ts";

/** Every kind that is written, or may hold something of an Operator still. */
export function kindsOf(operators: readonly Hosted[]): readonly LedgerKind[] {
  const found = new Map<string, LedgerKind>();
  const add = (kind: LedgerKind): void => {
    const known = found.get(kindKey(kind));
    const version = known?.version ?? kind.version;
    found.set(kindKey(kind), { ...kind, version, patched: kind.patched || known?.patched === true });
  };
  for (const { controllers, deleting } of operators) {
    if (deleting) continue;
    for (const { target } of controllers) {
      const { view, group, version, kind } = target.resource;
      if (!view) add({ group, version, kind, patched: target.type === "Patcher" });
    }
  }
  for (const { written } of operators)
    for (const { group, kind, patched } of written) add({ group, kind, patched, version: undefined });
  return [...found.values()];
}

/** The controllers that write to the cluster, those of older Operators first in rank. */
export function writersOf(
  operators: readonly Hosted[],
): readonly { readonly writer: LedgerWriter; readonly kind: string }[] {
  return operators.flatMap(({ object, controllers }) =>
    controllers.flatMap(({ id, name, target }, index) => {
      if (target.resource.view) return [];
      const rank = `${ageOf(object)} ${String(index).padStart(4, "0")}`;
      const writer = { id, place: placeOf(object.metadata.name, name), how: target.type, rank };
      return [{ writer, kind: kindKey(target.resource) }];
    }),
  );
}

/** What is known of the kinds that are written. */
export interface KindsKnown {
  readonly state: (kind: string) => LedgerState | undefined;
  readonly isFrozen: (place: string) => boolean;
}

/** The kinds that an Operator is to bear: what its controllers write, and what they wrote as long as something of it may be left. */
export function kindsToHold(
  { controllers, deleting, short, written, invalid, names }: Hosted,
  { state, isFrozen }: KindsKnown,
): readonly WrittenKind[] {
  if (invalid.length > 0 && !deleting) return written;
  const held = new Map((deleting ? [] : targetsOf(controllers)).map((kind) => [kindKey(kind), kind]));
  const anyFrozen = !deleting && names.some((name) => isFrozen(`${short}/${shortName(name)}`));
  for (const kind of written) {
    const now = held.get(kindKey(kind));
    if (now !== undefined && (now.patched || !kind.patched)) continue;
    if (anyFrozen || mayHold(short, state(kindKey(kind)))) held.set(kindKey(kind), kind);
  }
  return [...held.values()];
}

/** Whether something of the Operator may be left among the objects of a kind. */
function mayHold(short: string, state: LedgerState | undefined): boolean {
  // Nothing can be left of a kind that the cluster does not have any more.
  if (state?.followed.target === undefined && state?.followed.error?.code === "NOT_FOUND") return false;
  const traces = state?.traces();
  return traces === undefined || [...traces].some((place) => place.startsWith(`${short}/`));
}
