import type { Json } from "@headgate/api";

/** An object of the pipeline: a map of JSON values. Documents are never changed in place. */
export interface Doc {
  readonly [field: string]: Json;
}

/** A document while it is being built. */
export type Draft = Record<string, Json>;

export function isDoc(value: Json | undefined): value is Doc {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The field of that name, if the document has it as its own. */
export function field(doc: Doc, name: string): Json | undefined {
  return Object.hasOwn(doc, name) ? doc[name] : undefined;
}

/** Sets a field of a draft, whatever it is called. */
export function put(draft: Draft, name: string, value: Json): void {
  // An assignment to `__proto__` would set the prototype instead.
  if (name === "__proto__")
    Object.defineProperty(draft, name, { value, writable: true, enumerable: true, configurable: true });
  else draft[name] = value;
}

/** What a value is, for messages to the user. */
export function kindOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "nothing";
  if (isList(value)) return "a list";
  if (isDoc(value)) return "a map";
  if (typeof value === "boolean") return "a truth value";
  return typeof value === "number" ? "a number" : "a text";
}
