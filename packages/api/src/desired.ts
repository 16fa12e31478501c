import type { Json, KubeObject, ObjectRef } from "./object.ts";

/** An object that a controller wants to exist, exactly with the fields that the controller owns. */
export interface Desired {
  /** Short controller name, such as `pod-routes`; its field manager is `headgate/<controller>`. */
  readonly controller: string;
  /** On whose behalf. Carries the uid; the child's owner reference (or owner labels) names the same. */
  readonly owner: ObjectRef;
  readonly object: KubeObject;
  /** Apply to this subresource instead, of an object that is there. */
  readonly subresource?: "status";
}

/** Something that a person should be told about an object: it becomes a Kubernetes Event. */
export interface Notice {
  readonly controller: string;
  readonly about: ObjectRef;
  readonly type: "Normal" | "Warning";
  /** CamelCase, stable, documented. */
  readonly reason: string;
  readonly message: string;
}

/** A status that a controller wants an object to have. */
export interface DesiredStatus {
  readonly controller: string;
  readonly target: ObjectRef;
  /** The resource version that `status` was computed from; the write fails with a conflict when it has moved on. */
  readonly resourceVersion: string;
  /** Replaces the top-level fields of `.status` that it names (JSON merge patch on the status subresource). */
  readonly status: { readonly [field: string]: Json };
}

/** The very incarnation and version of an object that a decision was made from. */
export interface Observed {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * One write that brings the cluster closer to what is desired. An action is retracted when the watch shows that it has taken effect.
 *
 * An `apply` without `observed` creates and never touches an object that exists; with it, it changes that incarnation only
 * (found to be ours by the plan). A newer version of the object that still differs is a new action.
 */
export type Action =
  | { readonly do: "apply"; readonly desired: Desired; readonly observed?: Observed }
  | {
      readonly do: "delete";
      readonly controller: string;
      readonly target: ObjectRef & { readonly uid: string };
      /** Not before the action has stood for so many milliseconds. */
      readonly afterMs?: number;
    }
  /** Takes a finalizer off, whoever put it there: an apply gives up only what the manager itself has applied. */
  | {
      readonly do: "release";
      readonly controller: string;
      readonly target: ObjectRef & { readonly uid: string };
      readonly finalizer: string;
    }
  | { readonly do: "status"; readonly desired: DesiredStatus };

/** The field manager under which a controller applies. */
export function fieldManager(controller: string): string {
  return `headgate/${controller}`;
}
