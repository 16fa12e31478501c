import type { FieldError } from "../../schema/index.ts";
import { equal, type Json } from "../json/json.ts";

type Value = Json | undefined;

export const invalid = (path: string, value: Value, detail: string): FieldError => ({
  path,
  type: "Invalid",
  value: value ?? null,
  detail,
});
export const forbidden = (path: string, detail: string): FieldError => ({ path, type: "Forbidden", detail });
export const required = (path: string, detail = ""): FieldError => ({ path, type: "Required", detail });

/** An error where a value has changed. */
export const changed = (path: string, now: Value, before: Value): readonly FieldError[] =>
  equal(now, before) ? [] : [invalid(path, now, "field is immutable")];

/** An error for each value that is equal to an earlier one; absent and empty ones don't count. */
export const repeated = (values: readonly Value[], pathOf: (index: number) => string): FieldError[] => {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    const text = JSON.stringify(value);
    const again = seen.has(text);
    if (value !== undefined && value !== "") seen.add(text);
    return again ? [{ path: pathOf(index), type: "Duplicate" as const, value, detail: "" }] : [];
  });
};

/** The errors among the candidates. */
export const faults = (...candidates: readonly (FieldError | false | undefined)[]): FieldError[] =>
  candidates.filter((candidate) => candidate !== undefined && candidate !== false);
