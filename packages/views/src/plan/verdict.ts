import { identityKey, refOf } from "@headgate/api";
import type { Desired, KubeObject, ObjectRef, Observed, Refusal } from "@headgate/api";
import { sameValue } from "@headgate/delta";
import type { Key } from "@headgate/delta";
import { isCrowded } from "./crowded.ts";
import { lacks } from "./difference.ts";
import { lostFields } from "./field-ownership.ts";
import { claimOf, ownersOf } from "./ownership.ts";
import type { Marks } from "./ownership.ts";

/** An object that is there, as far as an action needs it. */
export interface Existing extends Observed {
  readonly ref: ObjectRef;
  /** Its deletion has begun; all that can be done is wait. */
  readonly leaving: boolean;
}

/** What is to be said of one object, by itself. */
export interface Verdict {
  /** The object's identity. */
  readonly key: Key;
  /** Objects of one unit are made together or not at all. */
  readonly unit: Key;
  readonly desired: Desired | undefined;
  /** Absent, or ours: someone else's object is not for us to act on. */
  readonly existing: Existing | undefined;
  /**
   * - `right`: as desired;
   * - `wrong`: an apply mends it;
   * - `misfit`: no apply can mend it, it must make room for a new one;
   * - `refused`: not ours to have, see the refusal.
   */
  readonly is: "missing" | "right" | "wrong" | "misfit" | "unwanted" | "refused";
  readonly refusal: Refusal | undefined;
}

/** Fields that the API server never lets anyone change. */
const immutable: Readonly<Record<string, readonly (readonly string[])[]>> = {
  EndpointSlice: [["addressType"]],
  Deployment: [["spec", "selector", "matchLabels"]],
};

/** Judges an object that is desired against what stands in its place. */
export function judge(desired: Desired, observed: KubeObject | undefined, unit: Key, marks: Marks): Verdict {
  const verdict = { key: identityKey(refOf(desired.object)), unit, desired };
  if (observed === undefined) return { ...verdict, existing: undefined, is: "missing", refusal: undefined };
  const refusal = claimOf(desired, observed, marks);
  if (refusal !== undefined) return { ...verdict, existing: undefined, is: "refused", refusal };
  return { ...verdict, existing: existingOf(observed), is: fit(desired, observed, marks), refusal: undefined };
}

/** What is to be said of an object of ours that nobody desires. */
export function unwanted(observed: KubeObject, unit: Key | undefined): Verdict {
  const { ownerReferences = [] } = observed.metadata;
  const owner = ownerReferences.find(({ controller }) => controller === true) ?? ownerReferences[0];
  const key = identityKey(refOf(observed));
  const existing = existingOf(observed);
  return { key, unit: unit ?? owner?.uid ?? key, desired: undefined, existing, is: "unwanted", refusal: undefined };
}

function fit(desired: Desired, observed: KubeObject, marks: Marks): "right" | "wrong" | "misfit" {
  const owners = ownersOf(observed, marks);
  // An earlier owner of the same name: the object goes with it, and is not handed on.
  if (owners.length > 0 && !owners.some((uid) => uid === desired.owner.uid)) return "misfit";
  const fixed = immutable[desired.object.kind] ?? [];
  if (fixed.some((path) => !sameValue(at(observed, path), at(desired.object, path)))) return "misfit";
  if (isCrowded(desired, observed)) return "misfit";
  return lacks(desired.object, observed) || lostFields(desired, observed) ? "wrong" : "right";
}

function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce((value, field) => (value as Readonly<Record<string, unknown>> | undefined)?.[field], object);
}

function existingOf(observed: KubeObject): Existing {
  const { uid = "", resourceVersion = "", deletionTimestamp } = observed.metadata;
  return { ref: refOf(observed), uid, resourceVersion, leaving: deletionTimestamp !== undefined };
}
