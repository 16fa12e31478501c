import { identityKey } from "@headgate/api";
import type { Action, Desired, Notice, Refused } from "@headgate/api";
import { pairKey } from "@headgate/delta";
import type { Key } from "@headgate/delta";
import type { Existing, Verdict } from "./verdict.ts";

/** What is to be done for one unit now. Further steps follow when these have shown effect. */
export interface UnitPlan {
  readonly actions: readonly (readonly [Key, Action])[];
  readonly refused: readonly (readonly [Key, Refused])[];
}

/**
 * Plans one unit: all or nothing, backends before the routes that lead to them, and the other way round when they go.
 *
 * One refused object blocks the unit, and what was made of it goes: a route to somebody else's Service, or an endpoint
 * among somebody else's, would be worse than none. An object is made only when all that it builds on are there, and
 * removed only when nothing is left that leads to it; a mere change waits for nobody.
 */
export function planUnit(verdicts: readonly Verdict[], controller: string, rank: (kind: string) => number): UnitPlan {
  const rankOf = ({ desired, existing }: Verdict): number => rank(desired?.object.kind ?? existing?.ref.kind ?? "");
  const refused = refusalsOf(verdicts.toSorted((a, b) => rankOf(a) - rankOf(b)));
  const blocked = refused.length > 0;
  const going = verdicts.filter((verdict) => isGoing(verdict, blocked));
  const lacking = verdicts.filter(
    ({ desired, is, existing }) =>
      desired !== undefined && (is === "missing" || is === "misfit" || existing?.leaving === true),
  );
  const actions = verdicts.flatMap((verdict): (readonly [Key, Action])[] => {
    const { key, desired, existing, is } = verdict;
    const own = rankOf(verdict);
    if (existing !== undefined && isGoing(verdict, blocked)) {
      const held = existing.leaving || going.some((other) => rankOf(other) > own);
      return held ? [] : [[key, remove(existing, controller)]];
    }
    if (blocked || desired === undefined) return [];
    if (is === "missing") return lacking.some((other) => rankOf(other) < own) ? [] : [[key, { do: "apply", desired }]];
    return is === "wrong" && existing !== undefined ? [[key, change(desired, existing)]] : [];
  });
  return { actions, refused };
}

/** One refusal for each owner and reason, though it may befall several of the objects: of the first of them. */
function refusalsOf(verdicts: readonly Verdict[]): readonly (readonly [Key, Refused])[] {
  const refused = new Map<Key, Refused>();
  for (const { desired, refusal } of verdicts) {
    if (desired === undefined || refusal === undefined) continue;
    const key = pairKey(desired.owner.uid ?? identityKey(desired.owner), refusal.reason);
    if (!refused.has(key)) refused.set(key, { about: desired.owner, refusal });
  }
  return [...refused];
}

function isGoing({ is, existing }: Verdict, blocked: boolean): boolean {
  return existing !== undefined && (blocked || existing.leaving || is === "unwanted" || is === "misfit");
}

function remove({ ref, uid }: Existing, controller: string): Action {
  return { do: "delete", controller, target: { ...ref, uid } };
}

function change(desired: Desired, { uid, resourceVersion }: Existing): Action {
  return { do: "apply", desired, observed: { uid, resourceVersion } };
}

/** A refusal as a person is told of it. */
export function refusalNotice({ about, refusal }: Refused, controller: string): Notice {
  return { controller, about, type: "Warning", reason: refusal.reason, message: refusal.message };
}
