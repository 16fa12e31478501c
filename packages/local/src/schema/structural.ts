import type { FieldError, FieldErrorType } from "./field-error.ts";
import { fillDefaults } from "./defaults.ts";
import { isRefusedFormat } from "./formats.ts";
import { additionalOf, propertyOf, sameJson, type JsonSchema } from "./json-schema.ts";
import { re2 } from "./pattern.ts";
import { pruneFields } from "./prune.ts";
import { validateKeywords } from "./validate.ts";

type Level = "root" | "items" | "field";
type Report = (path: string, type: FieldErrorType, detail: string, value?: unknown) => void;

const intOrString: readonly JsonSchema[] = [{ type: "integer" }, { type: "string" }];
const keysKeyword = "x-kubernetes-list-map-keys";
const embedded = "x-kubernetes-embedded-resource";

/** Keywords that belong to the value itself and may not stand below allOf, anyOf, oneOf and not. */
const outsideOnly: readonly (keyof JsonSchema)[] = [
  ...(["type", "additionalProperties", "default", "title", "description", "nullable"] as const),
  ...(["x-kubernetes-preserve-unknown-fields", embedded, "x-kubernetes-int-or-string"] as const),
  ...([keysKeyword, "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-validations"] as const),
];

/** Keywords of JSON Schema that Kubernetes forbids. */
const forbidden = ["$ref", "definitions", "dependencies", "id", "patternProperties", "additionalItems"];

function checkKeywords(schema: JsonSchema, path: string, report: Report): void {
  const { pattern, format } = schema;
  for (const keyword of forbidden) {
    if (Object.hasOwn(schema, keyword)) report(`${path}.${keyword}`, "Forbidden", `${keyword} is not supported`);
  }
  try {
    if (pattern !== undefined) re2(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    report(`${path}.pattern`, "Invalid", `must be a valid regular expression, but isn't: ${why}`, pattern);
  }
  if (format !== undefined && isRefusedFormat(format)) {
    report(`${path}.format`, "Invalid", "this stand-in API server does not check this format", format);
  }
}

function checkMapList(schema: JsonSchema, path: string, report: Report): void {
  const keys = schema[keysKeyword] ?? [];
  const { items } = schema;
  if (keys.length === 0) {
    report(`${path}.${keysKeyword}`, "Required", "must not be empty if x-kubernetes-list-type is map");
  }
  for (const key of keys) {
    const property = items && propertyOf(items, key);
    if (property?.type === undefined || property.type === "object" || property.type === "array") {
      const detail = "entries must all be names of item properties of scalar type";
      report(`${path}.${keysKeyword}`, "Invalid", detail, keys);
    } else if (items?.required?.includes(key) !== true && property.default === undefined) {
      const detail = `this property is in ${keysKeyword}, so it must have a default or be a required property`;
      report(`${path}.items.properties[${key}].default`, "Required", detail);
    }
  }
}

function checkListType(schema: JsonSchema, path: string, report: Report): void {
  const listType = schema["x-kubernetes-list-type"];
  const at = `${path}.x-kubernetes-list-type`;
  if (schema[keysKeyword] !== undefined && listType !== "map") {
    report(at, "Invalid", `must be map if ${keysKeyword} is non-empty`, listType ?? "");
  }
  if (listType !== undefined && schema.type !== "array") {
    report(`${path}.type`, "Invalid", "must be array if x-kubernetes-list-type is specified", schema.type ?? "");
  }
  if (listType === "map") checkMapList(schema, path, report);
  const items = listType === "set" ? schema.items : undefined;
  const granular =
    (items?.type === "object" && items["x-kubernetes-map-type"] !== "atomic") ||
    (items?.type === "array" && (items["x-kubernetes-list-type"] ?? "atomic") !== "atomic");
  if (granular) report(`${path}.items`, "Invalid", "items of a list of type set must be scalars or atomic", items.type);
}

/** The root's metadata is everyone's: a schema may only restrict names. */
function checkMetadata(schema: JsonSchema, path: string, report: Report): void {
  const metadata = propertyOf(schema, "metadata");
  if (metadata === undefined) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== "object") report(`${at}.type`, "Invalid", "must be object", metadata.type ?? "");
  const keywords = Object.keys(metadata).filter((key) => !["type", "properties", "description"].includes(key));
  const names = Object.keys(metadata.properties ?? {}).filter((key) => key !== "name" && key !== "generateName");
  if (keywords.length > 0 || names.length > 0) {
    const detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    report(at, "Forbidden", detail);
  }
}

function checkDefault(schema: JsonSchema, path: string, report: Report): void {
  const value = schema.default;
  const at = `${path}.default`;
  if (value === undefined) return;
  const { dropped } = pruneFields(schema, value);
  if (dropped.length > 0) report(at, "Invalid", `must not have unknown fields: ${dropped.join(", ")}`, value);
  for (const error of validateKeywords(schema, fillDefaults(schema, value), { path: at })) {
    report(error.path === "" ? at : error.path, error.type, error.detail, error.value);
  }
}

const emptyType: Record<Level, string> = {
  root: "must not be empty at the root",
  items: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function checkType(schema: JsonSchema, level: Level, path: string, report: Report): void {
  const at = `${path}.type`;
  const { type = "" } = schema;
  const either = schema["x-kubernetes-int-or-string"] === true;
  if (either && type !== "") report(at, "Invalid", "must be empty if x-kubernetes-int-or-string is true", type);
  if (schema[embedded] === true && type !== "object") {
    report(at, "Invalid", `must be object if ${embedded} is true`, type);
  } else if (!either && type === "" && schema["x-kubernetes-preserve-unknown-fields"] !== true) {
    report(at, "Required", emptyType[level]);
  }
  if (level === "root" && type !== "" && type !== "object") report(at, "Invalid", "must be object at the root", type);
  if (type === "array" && schema.items === undefined) report(`${path}.items`, "Required", "must be specified");
}

function checkAdditional(schema: JsonSchema, level: Level, path: string, report: Report): void {
  if (schema.additionalProperties === undefined) return;
  const at = `${path}.additionalProperties`;
  if (level === "root") report(at, "Forbidden", "must not be used at the root");
  if (schema.properties !== undefined)
    report(at, "Forbidden", "additionalProperties and properties are mutual exclusive");
  if (schema.additionalProperties === false) report(at, "Forbidden", "additionalProperties cannot be set to false");
}

/** A schema below a junctor: it may only restrict what the schema outside it already describes. */
function checkNested(nested: JsonSchema, outside: JsonSchema | undefined, path: string, report: Report): void {
  const exempt = outside?.["x-kubernetes-int-or-string"] === true;
  if (outside === undefined) report(path, "Required", "because it is not defined outside of the value validation");
  for (const keyword of outsideOnly) {
    const set = nested[keyword] !== undefined && nested[keyword] !== false;
    if (set && !(keyword === "type" && exempt))
      report(`${path}.${keyword}`, "Forbidden", "must be empty to be structural");
  }
  checkKeywords(nested, path, report);
  if (nested.items !== undefined) checkNested(nested.items, outside?.items, `${path}.items`, report);
  for (const [key, property] of Object.entries(nested.properties ?? {})) {
    const same = outside && (propertyOf(outside, key) ?? additionalOf(outside));
    const free = outside?.["x-kubernetes-preserve-unknown-fields"] === true;
    checkNested(property, same ?? (free ? {} : undefined), `${path}.properties[${key}]`, report);
  }
  checkJunctors(nested, outside, path, report);
}

function checkJunctors(schema: JsonSchema, outside: JsonSchema | undefined, path: string, report: Report): void {
  for (const junctor of ["allOf", "anyOf", "oneOf"] as const) {
    if (junctor === "anyOf" && sameJson(schema.anyOf, intOrString)) continue;
    schema[junctor]?.forEach((nested, i) => {
      checkNested(nested, outside, `${path}.${junctor}[${i}]`, report);
    });
  }
  if (schema.not !== undefined) checkNested(schema.not, outside, `${path}.not`, report);
}

function checkNode(schema: JsonSchema, level: Level, path: string, report: Report): void {
  checkKeywords(schema, path, report);
  checkType(schema, level, path, report);
  checkAdditional(schema, level, path, report);
  checkListType(schema, path, report);
  if (level === "root") checkMetadata(schema, path, report);
  checkJunctors(schema, schema, path, report);
  if (schema.items !== undefined) checkNode(schema.items, "items", `${path}.items`, report);
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (level !== "root" || key !== "metadata") checkNode(property, "field", `${path}.properties[${key}]`, report);
  }
  const additional = additionalOf(schema);
  if (additional !== undefined) checkNode(additional, "field", `${path}.additionalProperties`, report);
}

function checkDefaults(schema: JsonSchema, path: string, report: Report): void {
  checkDefault(schema, path, report);
  if (schema.items !== undefined) checkDefaults(schema.items, `${path}.items`, report);
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    checkDefaults(property, `${path}.properties[${key}]`, report);
  }
  const additional = additionalOf(schema);
  if (additional !== undefined) checkDefaults(additional, `${path}.additionalProperties`, report);
}

/** What keeps the schema from being structural, or from being one that can be held here. Empty when it can be used. */
export function checkStructural(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const report: Report = (at, type, detail, ...value) => {
    const shown = value.length > 0 ? { value: value[0] } : {};
    errors.push({ path: at, type, detail, ...shown });
  };
  checkNode(schema, "root", path, report);
  if (errors.length === 0) checkDefaults(schema, path, report);
  return errors;
}
