import { isObject, type Json, type JsonObject } from "../json/json.ts";
import type { JsonSchema } from "../../schema/index.ts";
import { isGranular, itemKey, itemSchema, listTypeOf, memberSchema } from "../kinds/merging.ts";
import { type FieldSet, isEmpty } from "./field-set.ts";

export const withoutNulls = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value))
    if (member !== null && member !== undefined) kept[name] = withoutNulls(member);
  return kept;
};

/** The live value with the applied one laid over it: objects and merged lists by item, the rest as a whole. */
export const merged = (live: Json | undefined, applied: Json, schema: JsonSchema): Json => {
  if (isGranular(schema) && isObject(live) && isObject(applied)) {
    const result: JsonObject = { ...live };
    for (const [name, value] of Object.entries(applied)) {
      if (value !== undefined) result[name] = merged(live[name], value, memberSchema(schema, name));
    }
    return result;
  }
  if (!Array.isArray(live) || !Array.isArray(applied)) return applied;
  const type = listTypeOf(schema);
  if (type === "atomic") return applied;
  const keyOf = (item: Json): string | undefined => (type === "set" ? JSON.stringify(item) : itemKey(item, schema));
  const before = new Map(live.map((item) => [keyOf(item), item]));
  const wanted = new Set(applied.map(keyOf));
  const given = new Set(wanted);
  const result: Json[] = [];
  // Applied items keep their order; those that only the live list has stay before what followed them there.
  const rest = applied.values();
  const take = (item: Json): void => {
    wanted.delete(keyOf(item));
    result.push(merged(before.get(keyOf(item)), item, itemSchema(schema)));
  };
  for (const item of live) {
    if (!given.has(keyOf(item))) result.push(item);
    while (wanted.has(keyOf(item))) take(rest.next().value as Json);
  }
  for (const item of rest) take(item);
  return result;
};

/** The value without the fields of `set`; `undefined` when nothing of it is left, unless `owned` has it as the empty thing. */
export const without = (
  value: Json | undefined,
  set: FieldSet,
  schema: JsonSchema,
  owned: FieldSet | undefined,
): Json | undefined => {
  if (isEmpty(set)) return value;
  if (set.member) return undefined;
  if (isGranular(schema) && isObject(value)) {
    const rest: JsonObject = {};
    for (const [name, member] of Object.entries(value)) {
      const inner = set.children.get(`f:${name}`);
      const kept = inner
        ? without(member, inner, memberSchema(schema, name), owned?.children.get(`f:${name}`))
        : member;
      if (kept !== undefined) rest[name] = kept;
    }
    return Object.keys(rest).length === 0 && owned?.member !== true ? undefined : rest;
  }
  if (!Array.isArray(value)) return value;
  const rest = value.flatMap((item) => {
    const step = listTypeOf(schema) === "set" ? `v:${JSON.stringify(item)}` : itemKey(item, schema);
    const inner = step === undefined ? undefined : set.children.get(step);
    const left = inner ? without(item, inner, itemSchema(schema), owned?.children.get(step ?? "")) : item;
    return left === undefined ? [] : [left];
  });
  return rest.length === 0 && owned?.member !== true ? undefined : rest;
};
