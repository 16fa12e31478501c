import { equal, isObject, type Json, type JsonObject } from "../json/json.ts";
import { itemKey, itemShape, memberShape, type Shape } from "../kinds/shape.ts";
import { type FieldSet, isEmpty } from "./field-set.ts";

const isMap = (shape: Shape): boolean => (shape.type === "map" || shape.type === "any") && shape.atomic !== true;

/** The live value with the applied one laid over it: objects and merged lists by item, the rest as a whole. */
export const merged = (live: Json | undefined, applied: Json, shape: Shape): Json => {
  if (isMap(shape) && isObject(live) && isObject(applied)) {
    const result: JsonObject = { ...live };
    for (const [name, value] of Object.entries(applied)) {
      if (value !== undefined) result[name] = merged(live[name], value, memberShape(shape, name));
    }
    return result;
  }
  if (shape.type !== "list" || !Array.isArray(live) || !Array.isArray(applied)) return applied;
  if (shape.list === "set") return [...live, ...applied.filter((item) => !live.some((other) => equal(item, other)))];
  if (shape.list !== "map") return applied;
  const inner = itemShape(shape);
  const byKey = new Map(applied.map((item) => [itemKey(item, shape), item]));
  const kept = live.map((item) => {
    const key = itemKey(item, shape);
    const over = byKey.get(key);
    byKey.delete(key);
    return over === undefined ? item : merged(item, over, inner);
  });
  return [...kept, ...byKey.values()];
};

/** The value without the fields of `set`; `undefined` when nothing of it is left, unless `owned` has it as the empty thing. */
export const without = (
  value: Json | undefined,
  set: FieldSet,
  shape: Shape,
  owned: FieldSet | undefined,
): Json | undefined => {
  if (isEmpty(set)) return value;
  if (set.member) return undefined;
  if (isMap(shape) && isObject(value)) {
    const rest: JsonObject = {};
    for (const [name, member] of Object.entries(value)) {
      const inner = set.children.get(`f:${name}`);
      const kept = inner ? without(member, inner, memberShape(shape, name), owned?.children.get(`f:${name}`)) : member;
      if (kept !== undefined) rest[name] = kept;
    }
    return Object.keys(rest).length === 0 && owned?.member !== true ? undefined : rest;
  }
  if (shape.type !== "list" || !Array.isArray(value)) return value;
  const rest = value.flatMap((item) => {
    const step = shape.list === "set" ? `v:${JSON.stringify(item)}` : itemKey(item, shape);
    const inner = step === undefined ? undefined : set.children.get(step);
    const left = inner ? without(item, inner, itemShape(shape), owned?.children.get(step ?? "")) : item;
    return left === undefined ? [] : [left];
  });
  return rest.length === 0 && owned?.member !== true ? undefined : rest;
};
