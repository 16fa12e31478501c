import { additionalOf, type JsonSchema, propertyOf } from "../../schema/index.ts";
import { isObject, type Json, type JsonObject } from "../json/json.ts";

/** Nothing is known about it: objects merge by member, lists are replaced. */
const unknown: JsonSchema = {};

export const memberSchema = (schema: JsonSchema, name: string): JsonSchema =>
  propertyOf(schema, name) ?? additionalOf(schema) ?? unknown;
export const itemSchema = (schema: JsonSchema): JsonSchema => schema.items ?? unknown;
/** Whether objects of the schema merge member by member. */
export const isGranular = (schema: JsonSchema): boolean => schema["x-kubernetes-map-type"] !== "atomic";
export const listTypeOf = (schema: JsonSchema): "atomic" | "set" | "map" =>
  schema["x-kubernetes-list-type"] ?? "atomic";
export const mergeKeys = (schema: JsonSchema): readonly string[] => schema["x-kubernetes-list-map-keys"] ?? [];

/** The value without the maps and lists in it that are empty: the built-in kinds don't tell those from absent ones. */
export const withoutEmpties = (value: Json, schema: JsonSchema): Json => {
  if (Array.isArray(value)) return value.map((item) => withoutEmpties(item, itemSchema(schema)));
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    const inner = memberSchema(schema, name);
    const collection = Array.isArray(member) ? inner.items : isObject(member) && inner.additionalProperties;
    // An empty list of managers is a wish of its own.
    const empty = collection && Object.keys(member ?? {}).length === 0 && name !== "managedFields";
    if (member !== undefined && !empty) kept[name] = withoutEmpties(member, inner);
  }
  return kept;
};

/** The identity of an item of a list of type map, as FieldsV1 writes it; `undefined` when a key is missing. */
export const itemKey = (item: Json, list: JsonSchema): string | undefined => {
  if (!isObject(item)) return undefined;
  const identity: JsonObject = {};
  for (const key of mergeKeys(list).toSorted()) {
    const value = item[key] ?? (memberSchema(itemSchema(list), key).default as Json | undefined);
    if (value === undefined) return undefined;
    identity[key] = value;
  }
  return `k:${JSON.stringify(identity)}`;
};
