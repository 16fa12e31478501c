import type { KubeObject, Refusal } from "@headgate/api";

/** Something that keeps policies from being served. */
export interface Obstacle {
  /** What their owners are told; undefined: nothing yet. */
  readonly message: string | undefined;
}

/** A write that the API server refuses, and goes on refusing until somebody changes something. */
export interface RefusedWrite {
  /** As it was to be. */
  readonly object: KubeObject;
  readonly refusal: Refusal;
}
