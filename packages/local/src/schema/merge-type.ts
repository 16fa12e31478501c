import { additionalOf, propertyOf, type JsonSchema } from "./json-schema.ts";

/**
 * How server-side apply merges the value at one place:
 * - `scalar`: one value, one owner;
 * - `struct`: an object, field by field; `atomic`: an object or list that is replaced as a whole;
 * - `set`: a list of distinct values; `map`: a list of objects told apart by `keys` (a key that an item lacks has its value in `defaults`);
 * - `untyped`: no schema says; objects merge field by field, lists as a whole.
 */
export type MergeType =
  | { readonly kind: "scalar" | "struct" | "atomic" | "set" | "untyped" }
  | { readonly kind: "map"; readonly keys: readonly string[]; readonly defaults: Readonly<Record<string, unknown>> };

/** One step of a path: a field's name, or anything numeric for "an item of the list". */
export type PathStep = string | number;

const wholeObject: JsonSchema = {
  type: "object",
  properties: { apiVersion: { type: "string" }, kind: { type: "string" } },
  "x-kubernetes-preserve-unknown-fields": true,
};

function step(schema: JsonSchema, name: PathStep, whole: boolean): JsonSchema | undefined {
  if (typeof name === "number") return schema.items;
  const found = propertyOf(schema, name) ?? additionalOf(schema);
  if (found !== undefined) return found;
  return whole ? propertyOf(wholeObject, name) : undefined;
}

function listMergeType(schema: JsonSchema): MergeType {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return { kind: "set" };
  if (listType !== "map") return { kind: "atomic" };
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const defaults: Record<string, unknown> = {};
  for (const key of keys) {
    const value = schema.items && propertyOf(schema.items, key)?.default;
    if (value !== undefined) defaults[key] = value;
  }
  return { kind: "map", keys, defaults };
}

function mergeTypeOf(schema: JsonSchema): MergeType {
  if (schema.type === "array") return listMergeType(schema);
  if (schema.type === "object") return { kind: schema["x-kubernetes-map-type"] === "atomic" ? "atomic" : "struct" };
  const typed = schema.type !== undefined || schema["x-kubernetes-int-or-string"] === true;
  return { kind: typed ? "scalar" : "untyped" };
}

/** The merge type at `path` from the root. Places that the schema does not know are `untyped`. */
export function mergeTypeAt(root: JsonSchema, path: readonly PathStep[]): MergeType {
  let schema: JsonSchema | undefined = root;
  let whole = true;
  for (const name of path) {
    if (schema === undefined) return { kind: "untyped" };
    schema = step(schema, name, whole || schema["x-kubernetes-embedded-resource"] === true);
    whole = false;
  }
  return schema === undefined ? { kind: "untyped" } : mergeTypeOf(schema);
}
