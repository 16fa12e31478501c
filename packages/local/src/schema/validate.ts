import { childPath, type FieldError } from "./field-error.ts";
import { fitsFormat, hasFormat, isStringFormat } from "./formats.ts";
import {
  additionalOf,
  isList,
  isObject,
  propertyOf,
  sameJson,
  type JsonSchema,
  type SchemaType,
} from "./json-schema.ts";
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

/** The format that a schema's values are checked for: one that goes with the type, as the API server forgets the others. */
function formatOf({ type, format = "" }: JsonSchema): string | undefined {
  if (type === "integer") return format === "int32" || format === "int64" ? format : undefined;
  if (type === "number") return format === "float" || format === "double" ? format : undefined;
  return (type === "string" || type === undefined) && isStringFormat(format) ? format : undefined;
}

/** A value of another type than a schema with a format wants: the message then speaks of formats. */
function checkTypeByFormat(format: string, found: string, path: string, errors: FieldError[]): void {
  const formats: Readonly<Record<string, string>> = { integer: "int64", number: "float64" };
  errors.push(typeError(path, format, formats[found] ?? ""));
}

function checkType(schema: JsonSchema, value: unknown, path: string, errors: FieldError[]): void {
  const wanted = schema["x-kubernetes-int-or-string"] === true ? ["integer", "string"] : [schema.type];
  const found = typeOf(value);
  const format = formatOf(schema);
  if (value === null && schema.nullable === true) return;
  if (wanted.includes(found as SchemaType) || (found === "integer" && wanted.includes("number"))) return;
  const counted = schema.type === "integer" || schema.type === "number";
  const textual = found === "string" || found === "array";
  if (format !== undefined && found !== "null" && !textual) checkTypeByFormat(format, found, path, errors);
  else if (wanted[0] !== undefined && (format === undefined || counted || found === "null")) {
    errors.push(typeError(path, wanted.join(","), found));
  }
}

/** The first thing wrong with a text's length or shape, if any. */
function shapeError(
  { maxLength, minLength, pattern }: JsonSchema,
  value: string,
  path: string,
): FieldError | undefined {
  const length = Array.from(value).length;
  if (maxLength !== undefined && length > maxLength) {
    const detail = `may not be more than ${maxLength} ${maxLength === 1 ? "byte" : "bytes"}`;
    return { path, type: "TooLong", detail };
  }
  if (minLength !== undefined && length < minLength) {
    return invalid(path, value, `should be at least ${minLength} chars long`);
  }
  if (pattern === undefined || re2(pattern)(value)) return undefined;
  return invalid(path, value, `should match '${pattern}'`);
}

function checkString(schema: JsonSchema, value: string, path: string, errors: FieldError[]): void {
  const shape = shapeError(schema, value, path);
  if (shape !== undefined) errors.push(shape);
  const format = schema.type === "string" || schema.type === undefined ? formatOf(schema) : undefined;
  if (format !== undefined && !hasFormat(format, value)) errors.push(typeError(path, format, value));
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

/** What a walk has found so far. */
interface Findings {
  readonly errors: FieldError[];
  /** Places looked at: of several schemas that all fail, the one that got furthest tells why. */
  checked: number;
  /** The built-in kinds merge lists by keys that may repeat, and take what is empty for what is absent. */
  readonly builtIn: boolean;
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

/** One text for all spellings of a JSON value that are equal, whatever the order of keys. */
function canonical(value: unknown): string {
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value).sort();
  return `{${entries.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** What must differ from item to item: the items of a set, the keys of a list of type map. */
function identities(list: JsonSchema, items: readonly unknown[]): readonly unknown[] {
  if (list["x-kubernetes-list-type"] === "set") return items;
  const keys = list["x-kubernetes-list-map-keys"] ?? [];
  if (list["x-kubernetes-list-type"] !== "map" || !items.every(isObject)) return [];
  return items.map((item) => Object.fromEntries(keys.flatMap((key) => (key in item ? [[key, item[key]]] : []))));
}

/** Reports the first repetition of each item, unless the stored list has repetitions already. */
function checkRepeated({ schema, old, path }: Visit, value: readonly unknown[], errors: FieldError[]): void {
  const isMap = schema["x-kubernetes-list-type"] === "map";
  const stranger = isMap ? value.findIndex((item) => item !== null && !isObject(item)) : -1;
  if (stranger >= 0) {
    const detail = "must be an object for an array of list-type map";
    errors.push({ path: `${path}[${stranger}]`, type: "Invalid", value: value[stranger], detail });
    return;
  }
  const texts = (list: readonly unknown[]): string[] => identities(schema, list).map(canonical);
  const stored = isList(old) ? texts(old) : [];
  if (new Set(stored).size < stored.length) return;
  const times = new Map<string, number>();
  texts(value).forEach((text, i) => {
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    const repeated = identities(schema, value)[i];
    if (before === 1) errors.push({ path: `${path}[${i}]`, type: "Duplicate", value: repeated, detail: "" });
  });
}

function checkArray(visit: Visit, value: readonly unknown[], findings: Findings): void {
  const { schema, old, path } = visit;
  const { errors } = findings;
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(invalid(path, value.length, `should have at least ${schema.minItems} items`));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push(atMost(path, value.length, schema.maxItems));
  }
  if (!findings.builtIn) checkRepeated(visit, value, errors);
  const { items } = schema;
  if (items === undefined) return;
  value.forEach((item, i) => {
    check({ schema: items, value: item, old: oldItem(schema, item, old), path: `${path}[${i}]` }, findings);
  });
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === "" || (isList(value) && value.length === 0);

function checkObject(visit: Visit, value: Record<string, unknown>, findings: Findings): void {
  const { schema, path } = visit;
  const { errors } = findings;
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
      check({ schema: property, value: value[key], old: old[key], path: childPath(path, key) }, findings);
    }
  }
  if (schema["x-kubernetes-embedded-resource"] === true) {
    for (const key of ["apiVersion", "kind"]) {
      const detail = "must not be empty";
      if ((value[key] ?? "") === "") errors.push({ path: childPath(path, key), type: "Required", detail });
    }
  }
  for (const key of schema.required ?? []) {
    const missing = findings.builtIn ? isEmpty(value[key]) : !Object.hasOwn(value, key);
    if (missing) errors.push({ path: childPath(path, key), type: "Required", detail: "" });
  }
}

/** An error of several schemas together bears no path; its text names it. */
function composite(path: string, detail: string): FieldError {
  return { path: "", type: "Invalid", value: "", detail: `${JSON.stringify(path)} must ${detail}` };
}

function checkJunctors({ schema, value, path }: Visit, findings: Findings): void {
  const { errors } = findings;
  const tried = (branches: readonly JsonSchema[] = []): Findings[] =>
    branches.map((branch) => {
      const found: Findings = { errors: [], checked: 0, builtIn: findings.builtIn };
      check({ schema: branch, value, old: undefined, path }, found);
      return found;
    });
  const holds = (found: Findings): boolean => found.errors.length === 0;
  const fail = (detail: string, tries: readonly Findings[]): void => {
    const furthest = tries.reduce((best, found) => (found.checked > best.checked ? found : best));
    errors.push(composite(path, detail), ...furthest.errors);
    findings.checked += furthest.checked;
  };
  const any = tried(schema.anyOf);
  if (any.length > 0 && !any.some(holds)) fail("validate at least one schema (anyOf)", any);
  const one = tried(schema.oneOf);
  const valid = one.filter(holds).length;
  const only = "validate one and only one schema (oneOf).";
  if (one.length > 0 && valid === 0) fail(`${only} Found none valid`, one);
  else if (valid > 1) errors.push(composite(path, `${only} Found ${valid} valid alternatives`));
  const all = tried(schema.allOf);
  const failed = all.filter((found) => !holds(found));
  errors.push(...failed.flatMap((found) => found.errors));
  const none = failed.length === all.length ? ". None validated" : "";
  if (failed.length > 0) errors.push(composite(path, `validate all the schemas (allOf)${none}`));
  if (schema.not !== undefined && tried([schema.not]).every(holds)) {
    errors.push(composite(path, "not validate the schema (not)"));
  }
}

function check(visit: Visit, findings: Findings): void {
  const { schema, value, old, path } = visit;
  const { errors } = findings;
  // An update may keep what is stored, even where a newer schema would refuse it.
  if (old !== undefined && sameJson(value, old)) return;
  findings.checked += 1;
  checkType(schema, value, path, errors);
  if (value !== null) checkJunctors(visit, findings);
  if (typeof value === "string") checkString(schema, value, path, errors);
  else if (typeof value === "number") checkNumber(schema, value, path, errors);
  else if (isList(value)) checkArray(visit, value, findings);
  if (schema.enum !== undefined && !schema.enum.some((allowed) => sameJson(allowed, value))) {
    const values = schema.enum.map((allowed) =>
      JSON.stringify(typeof allowed === "string" ? allowed : JSON.stringify(allowed)),
    );
    errors.push({ path, type: "NotSupported", value, detail: `supported values: ${values.join(", ")}` });
  }
  if (isObject(value)) checkObject(visit, value, findings);
}

/** What the value at `path` breaks of the schema's own keywords: no rules. Parts that are as in `old` are not held against it. */
export function validateKeywords(
  schema: JsonSchema,
  value: unknown,
  { path = "", old, builtIn = false }: { path?: string; old?: unknown; builtIn?: boolean },
): FieldError[] {
  const findings: Findings = { errors: [], checked: 0, builtIn };
  check({ schema, value, old, path }, findings);
  return findings.errors;
}
