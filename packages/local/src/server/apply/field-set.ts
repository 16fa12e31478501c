import { equal, isObject, type Json, type JsonObject } from "../json/json.ts";
import type { JsonSchema } from "../../schema/index.ts";
import { isGranular, itemKey, itemSchema, listTypeOf, memberSchema } from "../kinds/merging.ts";

/**
 * A set of fields as a tree. Its steps are spelled as FieldsV1 spells them: `f:name` for a member, `k:{…}` for an item
 * told by its keys, `v:…` for an item told by its value.
 */
export interface FieldSet {
  /** Whether the field at this place is in the set itself. */
  member: boolean;
  readonly children: Map<string, FieldSet>;
}

export const noFields = (): FieldSet => ({ member: false, children: new Map() });
export const isEmpty = (set: FieldSet): boolean => !set.member && set.children.size === 0;

export const fromFieldsV1 = (json: Json | undefined): FieldSet => {
  const set = noFields();
  if (!isObject(json)) return set;
  for (const [step, inner] of Object.entries(json)) {
    if (step === ".") {
      set.member = true;
      continue;
    }
    const child = fromFieldsV1(inner);
    if (child.children.size === 0) child.member = true;
    set.children.set(step, child);
  }
  return set;
};

export const toFieldsV1 = (set: FieldSet): JsonObject => {
  const json: JsonObject = {};
  if (set.member && set.children.size > 0) json["."] = {};
  for (const step of [...set.children.keys()].sort()) {
    const child = set.children.get(step);
    if (child) json[step] = toFieldsV1(child);
  }
  return json;
};

/** Builds a tree from what `choose` says of the membership at each place of either tree. */
const combine = (
  a: FieldSet | undefined,
  b: FieldSet | undefined,
  choose: (inA: boolean, inB: boolean) => boolean,
): FieldSet => {
  const set: FieldSet = { member: choose(a?.member ?? false, b?.member ?? false), children: new Map() };
  for (const step of new Set([...(a?.children.keys() ?? []), ...(b?.children.keys() ?? [])])) {
    const child = combine(a?.children.get(step), b?.children.get(step), choose);
    if (!isEmpty(child)) set.children.set(step, child);
  }
  return set;
};

export const union = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA || inB);
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && inB);
export const difference = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && !inB);

/** The members of `a` of which `b` has neither the field nor anything within it; of a list's items, those that `b` has not itself. */
export const outside = (a: FieldSet, b: FieldSet | undefined): FieldSet => {
  if (!b) return a;
  const set = noFields();
  for (const [step, child] of a.children) {
    const other = b.children.get(step);
    const leaves = !step.startsWith("f:") && child.member && other?.member !== true;
    const rest = outside(child, leaves ? undefined : other);
    if (!isEmpty(rest)) set.children.set(step, rest);
  }
  return set;
};

export const sameFields = (a: FieldSet, b: FieldSet): boolean =>
  a.member === b.member &&
  a.children.size === b.children.size &&
  [...a.children].every(([step, child]) => {
    const other = b.children.get(step);
    return other !== undefined && sameFields(child, other);
  });

const shownStep = (step: string): string => {
  const text = step.slice(2);
  if (step.startsWith("f:")) return `.${text}`;
  if (step.startsWith("k:")) {
    const keys = Object.entries(JSON.parse(text) as JsonObject);
    return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
  }
  return step.startsWith("v:") ? `[=${text}]` : `[${text}]`;
};

/** Every member as a path for people: `.spec.template.spec.containers[name="app"].image`. */
export const shownPaths = (set: FieldSet, prefix = ""): string[] => [
  ...(set.member ? [prefix] : []),
  ...[...set.children].flatMap(([step, child]) => shownPaths(child, prefix + shownStep(step))),
];

/** The steps of a value's items, or `undefined` when it is one field as a whole. */
const stepsOf = (value: Json | undefined, schema: JsonSchema): Map<string, readonly [Json, JsonSchema]> | undefined => {
  const steps = new Map<string, readonly [Json, JsonSchema]>();
  if (isGranular(schema) && isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) steps.set(`f:${name}`, [member, memberSchema(schema, name)]);
    }
    return steps;
  }
  if (!Array.isArray(value)) return undefined;
  if (listTypeOf(schema) === "set") {
    for (const item of value) steps.set(`v:${JSON.stringify(item)}`, [item, itemSchema(schema)]);
    return steps;
  }
  if (listTypeOf(schema) !== "map") return undefined;
  for (const item of value) {
    const key = itemKey(item, schema);
    if (key === undefined) return undefined;
    steps.set(key, [item, itemSchema(schema)]);
  }
  return steps;
};

/** Every field that a value gives: leaves, empty maps, atomic parts, the items of merged lists; `whole`: what holds them, too. */
export const fieldsOf = (value: Json | undefined, schema: JsonSchema, whole = false): FieldSet => {
  const steps = stepsOf(value, schema);
  const empty = steps?.size === 0 && !Array.isArray(value);
  const set: FieldSet = { member: whole || !steps || empty, children: new Map() };
  for (const [step, [item, inner]] of steps ?? []) {
    const child = fieldsOf(item, inner, whole);
    if (!step.startsWith("f:")) child.member = true;
    if (!isEmpty(child)) set.children.set(step, child);
  }
  return set;
};

/** What differs between two values: fields set or changed, and fields that are gone. */
export interface Comparison {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

export const compare = (before: Json | undefined, after: Json | undefined, schema: JsonSchema): Comparison => {
  if (before === after) return { changed: noFields(), removed: noFields() };
  const old = stepsOf(before, schema);
  const now = stepsOf(after, schema);
  if (!old || !now) {
    return { changed: equal(before, after) ? noFields() : fieldsOf(after, schema, true), removed: noFields() };
  }
  const changed = noFields();
  const removed = noFields();
  for (const [step, [item, inner]] of now) {
    const previous = old.get(step);
    if (!previous) {
      changed.children.set(step, fieldsOf(item, inner, true));
      continue;
    }
    const within = compare(previous[0], item, inner);
    if (!isEmpty(within.changed)) changed.children.set(step, within.changed);
    if (!isEmpty(within.removed)) removed.children.set(step, within.removed);
  }
  for (const [step, [item, inner]] of old) {
    if (!now.has(step)) removed.children.set(step, fieldsOf(item, inner, true));
  }
  return { changed, removed };
};
