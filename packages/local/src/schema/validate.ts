import { childPath, type FieldError } from "./field-error.ts";
import { fitsFormat, hasFormat } from "./formats.ts";
import { additionalOf, isList, isObject, propertyOf, sameJson, type JsonSchema } from "./json-schema.ts";
import { re2 } from "./pattern.ts";

/** Messages name the place within the request body, as the API server's do. */
const at = (path: string): string => `${path} in body`;

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (isList(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function typeError(path: string, wanted: string, found: string): FieldError {
  const detail = `${at(path)} must be of type ${wanted}: ${JSON.stringify(found)}`;
  return { path, type: "TypeInvalid", value: found, detail };
}

function invalid(path: string, value: unknown, detail: string): FieldError {
  return { path, type: "Invalid", value, detail: `${at(path)} ${detail}` };
}

function atMost(path: string, actual: number, max: number): FieldError {
  return { path, type: "TooMany", value: actual, detail: `must have at most ${max} ${max === 1 ? "item" : "items"}` };
}

function checkType(schema: JsonSchema, value: unknown, path: string, errors: FieldError[]): void {
  const wanted = schema["x-kubernetes-int-or-string"] === true ? ["integer", "string"] : schema.type;
  if (wanted === undefined) return;
  const found = typeOf(value);
  if (value === null && schema.nullable === true) return;
  const fits = typeof wanted === "string" ? wanted === found : wanted.includes(found);
  if (!fits && !(wanted === "number" && found === "integer")) errors.push(typeError(path, String(wanted), found));
}

function checkString(schema: JsonSchema, value: string, path: string, errors: FieldError[]): void {
  const { maxLength, minLength, pattern, format } = schema;
  if (maxLength !== undefined || minLength !== undefined) {
    const length = Array.from(value).length;
    if (maxLength !== undefined && length > maxLength) {
      const detail = `may not be more than ${maxLength} ${maxLength === 1 ? "byte" : "bytes"}`;
      errors.push({ path, type: "TooLong", detail });
    }
    if (minLength !== undefined && length < minLength) {
      errors.push(invalid(path, value, `should be at least ${minLength} chars long`));
    }
  }
  if (pattern !== undefined && !re2(pattern)(value)) errors.push(invalid(path, value, `should match '${pattern}'`));
  const ofString = schema.type === "string" || schema.type === undefined;
  if (format !== undefined && ofString && !hasFormat(format, value)) errors.push(typeError(path, format, value));
}

function checkNumber(schema: JsonSchema, value: number, path: string, errors: FieldError[]): void {
  const { type, format, multipleOf, maximum, minimum } = schema;
  if ((type === "integer" || type === "number") && !fitsFormat(type, format, value)) {
    const named = format === undefined ? "(default format)" : `with format ${format}`;
    errors.push({
      path: "",
      type: "Invalid",
      value: "",
      detail: `Checked value must be of type ${type} ${named} in ${path}`,
    });
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    errors.push(invalid(path, value, `should be a multiple of ${multipleOf}`));
  }
  if (maximum !== undefined && (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    const than = schema.exclusiveMaximum === true ? "less than" : "less than or equal to";
    errors.push(invalid(path, value, `should be ${than} ${maximum}`));
  }
  if (minimum !== undefined && (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    const than = schema.exclusiveMinimum === true ? "greater than" : "greater than or equal to";
    errors.push(invalid(path, value, `should be ${than} ${minimum}`));
  }
}

interface Visit {
  readonly schema: JsonSchema;
  readonly value: unknown;
  /** The stored value, or undefined when there is none to compare with. */
  readonly old: unknown;
  readonly path: string;
}

/** Keeps what the path of the stored list item that this item replaces: lists of type map match by key, others not at all. */
export function oldItem(list: JsonSchema, item: unknown, old: unknown): unknown {
  if (list["x-kubernetes-list-type"] !== "map" || !isObject(item) || !isList(old)) return undefined;
  const keys = list["x-kubernetes-list-map-keys"] ?? [];
  return old.find((o) => isObject(o) && keys.every((key) => sameJson(o[key], item[key])));
}

function checkArray(visit: Visit, value: readonly unknown[], errors: FieldError[]): void {
  const { schema, old, path } = visit;
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(invalid(path, value.length, `should have at least ${schema.minItems} items`));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push(atMost(path, value.length, schema.maxItems));
  }
  const { items } = schema;
  if (items === undefined) return;
  value.forEach((item, i) => {
    check({ schema: items, value: item, old: oldItem(schema, item, old), path: `${path}[${i}]` }, errors);
  });
}

function checkObject(visit: Visit, value: Record<string, unknown>, errors: FieldError[]): void {
  const { schema, path } = visit;
  const old = isObject(visit.old) ? visit.old : {};
  const keys = Object.keys(value);
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && keys.length < minProperties) {
    errors.push(invalid(path, keys.length, `should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && keys.length > maxProperties) errors.push(atMost(path, keys.length, maxProperties));
  const additional = additionalOf(schema);
  for (const key of keys) {
    const property = propertyOf(schema, key) ?? additional;
    if (property !== undefined) {
      check({ schema: property, value: value[key], old: old[key], path: childPath(path, key) }, errors);
    }
  }
  if (schema["x-kubernetes-embedded-resource"] === true) {
    for (const key of ["apiVersion", "kind"]) {
      const detail = "must not be empty";
      if ((value[key] ?? "") === "") errors.push({ path: childPath(path, key), type: "Required", detail });
    }
  }
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(value, key)) errors.push({ path: childPath(path, key), type: "Required", detail: "" });
  }
}

/** An error of several schemas together bears no path; its text names it. */
function composite(path: string, detail: string): FieldError {
  return { path: "", type: "Invalid", value: "", detail: `${JSON.stringify(path)} must ${detail}` };
}

function checkJunctors({ schema, value, path }: Visit, errors: FieldError[]): void {
  const tried = (branches: readonly JsonSchema[]): FieldError[][] =>
    branches.map((branch) => {
      const found: FieldError[] = [];
      check({ schema: branch, value, old: undefined, path }, found);
      return found;
    });
  const fewest = (tries: readonly FieldError[][]): FieldError[] =>
    tries.reduce((best, found) => (found.length < best.length ? found : best));
  if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
    const tries = tried(schema.anyOf);
    if (!tries.some((found) => found.length === 0)) {
      errors.push(composite(path, "validate at least one schema (anyOf)"), ...fewest(tries));
    }
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const tries = tried(schema.oneOf);
    const valid = tries.filter((found) => found.length === 0).length;
    const only = "validate one and only one schema (oneOf).";
    if (valid === 0) errors.push(composite(path, `${only} Found none valid`), ...fewest(tries));
    else if (valid > 1) errors.push(composite(path, `${only} Found ${valid} valid alternatives`));
  }
  if (schema.allOf !== undefined && schema.allOf.length > 0) {
    const tries = tried(schema.allOf);
    const failed = tries.filter((found) => found.length > 0);
    errors.push(...failed.flat());
    const none = failed.length === tries.length ? ". None validated" : "";
    if (failed.length > 0) errors.push(composite(path, `validate all the schemas (allOf)${none}`));
  }
  if (schema.not !== undefined && tried([schema.not])[0]?.length === 0) {
    errors.push(composite(path, "not validate the schema (not)"));
  }
}

function check(visit: Visit, errors: FieldError[]): void {
  const { schema, value, old, path } = visit;
  // An update may keep what is stored, even where a newer schema would refuse it.
  if (old !== undefined && sameJson(value, old)) return;
  checkType(schema, value, path, errors);
  if (value !== null) checkJunctors(visit, errors);
  if (typeof value === "string") checkString(schema, value, path, errors);
  else if (typeof value === "number") checkNumber(schema, value, path, errors);
  else if (isList(value)) checkArray(visit, value, errors);
  if (schema.enum !== undefined && !schema.enum.some((allowed) => sameJson(allowed, value))) {
    const values = schema.enum.map((allowed) =>
      JSON.stringify(typeof allowed === "string" ? allowed : JSON.stringify(allowed)),
    );
    errors.push({ path, type: "NotSupported", value, detail: `supported values: ${values.join(", ")}` });
  }
  if (isObject(value)) checkObject(visit, value, errors);
}

/** What the value breaks of the schema's own keywords: no list types, no rules. With `old`, unchanged parts are not held against it. */
export function validateKeywords(schema: JsonSchema, value: unknown, old: unknown, path: string): FieldError[] {
  const errors: FieldError[] = [];
  check({ schema, value, old, path }, errors);
  return errors;
}
