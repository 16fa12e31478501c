import type { Json } from "@headgate/api";

import { isDoc, isList } from "../value.ts";
import { compareText } from "./utf8.ts";

/**
 * The one JSON text of a value: keys in the order of their UTF-8 bytes, nothing between tokens, `<`, `>`, `&`, U+2028 and
 * U+2029 escaped. `@hash` is made from it, so it may never change.
 */
export function canonical(value: Json): string {
  if (typeof value === "string") return quoted(value);
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isDoc(value)) return String(value);
  const keys = Object.keys(value).sort(compareText);
  return `{${keys.map((key) => `${quoted(key)}:${canonical(value[key] ?? null)}`).join(",")}}`;
}

const special = /[<>&\u2028\u2029]/g;
/** Characters that need nothing done to them. */
const plain = /^[\w .:/@+=-]*$/;

function quoted(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  return JSON.stringify(text.toWellFormed()).replace(
    special,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** A text that two values share exactly when they are equal; shorter to make than `canonical`. */
export function identity(value: Json): string {
  if (typeof value === "string") return `"${value}`;
  return typeof value === "object" ? canonical(value) : String(value);
}

/** The order in which a gathered list is sorted: numbers by size, texts by their bytes, everything else by its JSON text. */
export function compareValues(a: Json, b: Json): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  return compareText(canonical(a), canonical(b));
}
