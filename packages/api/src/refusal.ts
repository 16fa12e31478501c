import type { ObjectRef } from "./object.ts";

/** Why an object can't be used: a value that becomes a status condition and an Event, never an exception. */
export interface Refusal {
  /** CamelCase, stable, documented: what a condition's `reason` holds. */
  readonly reason: string;
  /** The path of the field at fault, such as `metadata.annotations["envoy-router/port"]`. */
  readonly field?: string;
  /** One sentence for a person: names the field, the value found, and what would be right. */
  readonly message: string;
}

/** A refusal of a particular object. */
export interface Refused {
  readonly about: ObjectRef;
  readonly refusal: Refusal;
}

/** The result of parsing: a value, or every reason (at least one) why there is none. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusals: readonly [Refusal, ...Refusal[]] };
