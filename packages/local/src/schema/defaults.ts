import { additionalOf, isList, isObject, propertyOf, setKey, type JsonSchema } from "./json-schema.ts";

/** A null stands for "not given" where the schema has a default and does not allow null. */
function filled(schema: JsonSchema, given: boolean, value: unknown): unknown {
  const absent = !given || (value === null && schema.nullable !== true);
  return absent && schema.default !== undefined ? structuredClone(schema.default) : value;
}

/** The value with every default of the schema in place, and without nulls that mean nothing. Shares what did not change. */
export function fillDefaults(schema: JsonSchema, value: unknown): unknown {
  if (isList(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    const next = value.map((item) => fillDefaults(items, filled(items, true, item)));
    return next.some((item, i) => item !== value[i]) ? next : value;
  }
  if (!isObject(value)) return value;
  const next: Record<string, unknown> = {};
  let changed = false;
  const additional = additionalOf(schema);
  for (const [key, item] of Object.entries(value)) {
    const property = propertyOf(schema, key) ?? additional;
    if (item === null && property !== undefined && property.nullable !== true && property.default === undefined) {
      changed = true;
      continue;
    }
    const full = property === undefined ? item : fillDefaults(property, filled(property, true, item));
    if (full !== item) changed = true;
    setKey(next, key, full);
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined || Object.hasOwn(value, key)) continue;
    setKey(next, key, fillDefaults(property, filled(property, false, undefined)));
    changed = true;
  }
  return changed ? next : value;
}
