import type { Json } from "@headgate/api";
import { sameValue } from "@headgate/delta";

/** Error classes that mean the same to a user: which of them the original says depends on where its check sits. */
const alike: Readonly<Record<string, string>> = { nil: "type", compile: "parse" };

/** Whether an error of ours is the one that was recorded. A panic of the original is any error of ours. */
export function sameError(recorded: string, ours: string): boolean {
  return recorded === "panic" || (alike[recorded] ?? recorded) === (alike[ours] ?? ours);
}

/** Equality up to the time of day, which is different whenever one looks. */
export function sameUpToTime(a: Json, b: Json): boolean {
  return sameValue(timeless(a), timeless(b));
}

function timeless(value: Json): Json {
  return JSON.parse(JSON.stringify(value).replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "now")) as Json;
}
