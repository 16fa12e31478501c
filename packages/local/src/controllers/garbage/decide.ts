/** What becomes of an object, given what is known of its owners and its dependents. */
import type { KubeObject, OwnerReference } from "../../client/object.ts";

export const foreground = "foregroundDeletion";
export const orphan = "orphan";

/** `unknown`: the server has no such kind, so nobody can say. */
export type OwnerState = "present" | "absent" | "waiting" | "unknown";

export type Verdict =
  | { readonly do: "nothing" }
  | { readonly do: "delete"; readonly propagation: "Background" | "Foreground" | "Orphan" }
  /** Removes references to owners that are gone or wait for it to go, while another owner keeps it. */
  | { readonly do: "disown"; readonly keep: readonly OwnerReference[] }
  /** A foreground deletion: delete the dependents first. */
  | { readonly do: "delete-dependents"; readonly of: readonly string[] }
  | { readonly do: "release"; readonly finalizer: string }
  | { readonly do: "orphan-dependents" };

export interface Circumstances {
  readonly object: KubeObject;
  readonly dependents: readonly KubeObject[];
  readonly ownerState: (owner: OwnerReference) => OwnerState;
}

export function judge({ object, dependents, ownerState }: Circumstances): Verdict {
  const { deletionTimestamp, finalizers = [], ownerReferences = [], uid } = object.metadata;
  if (deletionTimestamp !== undefined) {
    if (finalizers.includes(orphan))
      return dependents.length > 0 ? { do: "orphan-dependents" } : { do: "release", finalizer: orphan };
    if (!finalizers.includes(foreground)) return { do: "nothing" };
    const blocking = dependents.filter((dependent) => blocks(dependent, uid));
    if (blocking.length === 0) return { do: "release", finalizer: foreground };
    return { do: "delete-dependents", of: dependents.map(({ metadata }) => metadata.uid) };
  }
  if (ownerReferences.length === 0) return { do: "nothing" };
  const states = ownerReferences.map((owner) => [owner, ownerState(owner)] as const);
  if (states.some(([, state]) => state === "unknown")) return { do: "nothing" };
  const keep = states.filter(([, state]) => state === "present").map(([owner]) => owner);
  if (keep.length > 0) return keep.length < ownerReferences.length ? { do: "disown", keep } : { do: "nothing" };
  const awaited = states.some(([, state]) => state === "waiting");
  if (awaited && dependents.length > 0) return { do: "delete", propagation: "Foreground" };
  if (finalizers.includes(orphan)) return { do: "delete", propagation: "Orphan" };
  return { do: "delete", propagation: finalizers.includes(foreground) ? "Foreground" : "Background" };
}

function blocks(dependent: KubeObject, owner: string): boolean {
  return (dependent.metadata.ownerReferences ?? []).some(
    ({ uid, blockOwnerDeletion }) => uid === owner && blockOwnerDeletion === true,
  );
}
