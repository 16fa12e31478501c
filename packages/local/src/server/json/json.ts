export type Json = string | number | boolean | null | Json[] | JsonObject;
/** A member whose value is `undefined` is absent: it never reaches the wire. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a path of member names, or `undefined` when any step is missing. */
export const at = (value: Json | undefined, ...path: readonly string[]): Json | undefined => {
  let current = value;
  for (const name of path) {
    if (!isObject(current)) return undefined;
    current = current[name];
  }
  return current;
};

export const stringAt = (value: Json | undefined, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
};

export const numberAt = (value: Json | undefined, ...path: readonly string[]): number | undefined => {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
};

export const objectAt = (value: Json | undefined, ...path: readonly string[]): JsonObject | undefined => {
  const found = at(value, ...path);
  return isObject(found) ? found : undefined;
};

/** The list at a path; an empty one when there is none. */
export const listAt = (value: Json | undefined, ...path: readonly string[]): readonly Json[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** The objects of the list at a path; anything else in the list is left out. */
export const objectsAt = (value: Json | undefined, ...path: readonly string[]): readonly JsonObject[] =>
  listAt(value, ...path).filter(isObject);

/** A scalar as text; objects and lists as JSON. */
export const shown = (value: Json | undefined): string =>
  value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

/** A shallow copy without some members. */
export const omit = (object: JsonObject, ...names: readonly string[]): JsonObject => {
  const rest = { ...object };
  for (const name of names) Reflect.deleteProperty(rest, name);
  return rest;
};

export const clone = <T extends Json | undefined>(value: T): T => {
  if (Array.isArray(value)) return value.map((item) => clone(item)) as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) if (value[key] !== undefined) copy[key] = clone(value[key]);
  return copy as T;
};

export const equal = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  return (
    Object.keys(a).every((key) => equal(a[key], b[key])) &&
    Object.keys(b).every((key) => b[key] === undefined || a[key] !== undefined)
  );
};

/** Sets a member at a path, making the objects on the way. */
export const setAt = (target: JsonObject, path: readonly string[], value: Json | undefined): void => {
  const [name, ...rest] = path;
  if (name === undefined) return;
  if (rest.length === 0) {
    if (value === undefined) Reflect.deleteProperty(target, name);
    else target[name] = value;
    return;
  }
  const next = target[name];
  const child: JsonObject = isObject(next) ? next : {};
  target[name] = child;
  setAt(child, rest, value);
};
