import type { Json } from "@headgate/api";

type Fields = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapped(fields: Fields, each: (value: unknown, name: string) => unknown): Fields {
  const entries = Object.entries(fields).map(([name, value]) => [name, each(value, name)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The object with the applied fields in it. Lists are replaced as a whole. */
export function merged(object: Fields, applied: Fields): Fields {
  const below = (value: unknown, name: string): unknown => {
    const there = object[name];
    return isMap(value) ? merged(isMap(there) ? there : {}, value) : value;
  };
  return { ...object, ...mapped(applied, below) };
}

/** The object without the fields that were applied before. */
export function without(object: Fields, applied: Fields): Fields {
  return mapped(object, (value, name) => {
    const was = applied[name];
    if (was === undefined) return value;
    return isMap(value) && isMap(was) ? without(value, was) : undefined;
  });
}

/** Those of the owned fields that have the same value before and after. */
export function unchanged(owned: unknown, before: unknown, after: unknown): unknown {
  if (!isMap(owned)) return JSON.stringify(before) === JSON.stringify(after) ? owned : undefined;
  const [b, a] = [isMap(before) ? before : {}, isMap(after) ? after : {}];
  return mapped(owned, (value, name) => unchanged(value, b[name], a[name]));
}

/** A tree of somebody's fields, as `managedFields` writes it, without those that are applied with another value now. */
export function surrendered(tree: Fields, applied: unknown, before: unknown): Fields {
  return mapped(tree, (below, step) => {
    const name = step.slice(2);
    const [wanted, was] = [isMap(applied) ? applied[name] : undefined, isMap(before) ? before[name] : undefined];
    if (isMap(wanted) && isMap(below)) return surrendered(below, wanted, was);
    return wanted === undefined || JSON.stringify(wanted) === JSON.stringify(was) ? below : undefined;
  });
}

/** Owned fields as `managedFields` writes them; lists are leaves. */
export function fieldsV1(owned: Fields): { readonly [field: string]: Json } {
  const named = Object.entries(mapped(owned, (value) => value));
  return Object.fromEntries(named.map(([name, value]) => [`f:${name}`, isMap(value) ? fieldsV1(value) : {}]));
}
