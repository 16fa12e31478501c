import { childPath, type FieldError } from "./field-error.ts";
import { additionalOf, isList, isObject, propertyOf, type JsonSchema } from "./json-schema.ts";

/** One text for all spellings of a JSON value that are equal, whatever the order of keys. */
function canonical(value: unknown): string {
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${entries.join(",")}}`;
}

/** Reports the first repetition of each value, at its index. */
function repeated(values: readonly unknown[], path: string, errors: FieldError[]): void {
  const times = new Map<string, number>();
  values.forEach((value, i) => {
    const text = canonical(value);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    if (before === 1) errors.push({ path: `${path}[${i}]`, type: "Duplicate", value, detail: "" });
  });
}

function keysOf(item: unknown, keys: readonly string[]): Record<string, unknown> {
  if (!isObject(item)) return {};
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]));
}

function visitList(schema: JsonSchema, value: readonly unknown[], path: string, errors: FieldError[]): void {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") repeated(value, path, errors);
  if (listType === "map") {
    const stranger = value.findIndex((item) => item !== null && !isObject(item));
    if (stranger >= 0) {
      const detail = "must be an object for an array of list-type map";
      errors.push({ path: `${path}[${stranger}]`, type: "Invalid", value: value[stranger], detail });
    } else {
      const keys = schema["x-kubernetes-list-map-keys"] ?? [];
      repeated(
        value.map((item) => keysOf(item, keys)),
        path,
        errors,
      );
    }
  }
  const { items } = schema;
  if (items === undefined) return;
  value.forEach((item, i) => {
    visit(items, item, `${path}[${i}]`, errors);
  });
}

function visit(schema: JsonSchema, value: unknown, path: string, errors: FieldError[]): void {
  if (isList(value)) {
    visitList(schema, value, path, errors);
  } else if (isObject(value)) {
    const additional = additionalOf(schema);
    for (const [key, item] of Object.entries(value)) {
      const property = propertyOf(schema, key);
      if (property !== undefined) visit(property, item, childPath(path, key), errors);
      else if (additional !== undefined) visit(additional, item, `${path}[${key}]`, errors);
    }
  }
}

/** Repeated items of sets and repeated keys of lists of type map. */
export function validateListTypes(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const errors: FieldError[] = [];
  visit(schema, value, path, errors);
  return errors;
}
