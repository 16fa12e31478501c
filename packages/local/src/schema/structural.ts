import type { FieldError, FieldErrorType } from "./field-error.ts";
import { fillDefaults } from "./defaults.ts";
import { isRefusedFormat } from "./formats.ts";
import { additionalOf, propertyOf, sameJson, type JsonSchema } from "./json-schema.ts";
import { validateListTypes } from "./list-types.ts";
import { re2 } from "./pattern.ts";
import { pruneFields } from "./prune.ts";
import { validateKeywords } from "./validate.ts";

type Level = "root" | "items" | "field";

const types: ReadonlySet<unknown> = new Set(["array", "boolean", "integer", "number", "object", "string"]);
const intOrString: readonly JsonSchema[] = [{ type: "integer" }, { type: "string" }];

/** Keywords that the API server knows and forbids in a CRD. */
const forbidden: Readonly<Record<string, string>> = {
  $ref: "$ref is not supported",
  definitions: "definitions is not supported",
  dependencies: "dependencies is not supported",
  id: "id is not supported",
  patternProperties: "patternProperties is not supported",
  additionalItems: "additionalItems is not supported",
};

/** Keywords that belong to the value itself and may not stand below allOf, anyOf, oneOf and not. */
const outsideOnly: readonly (readonly [keyof JsonSchema, string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

type Report = (path: string, type: FieldErrorType, detail: string, value?: unknown) => void;

function checkKeywords(schema: JsonSchema, path: string, report: Report): void {
  for (const [keyword, detail] of Object.entries(forbidden)) {
    if (Object.hasOwn(schema, keyword)) report(`${path}.${keyword}`, "Forbidden", detail);
  }
  if (schema.type !== undefined && !types.has(schema.type)) {
    const names = [...types].map((type) => JSON.stringify(type)).join(", ");
    report(`${path}.type`, "NotSupported", `supported values: ${names}`, schema.type);
  }
  if (schema.uniqueItems === true) {
    const detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    report(`${path}.uniqueItems`, "Forbidden", detail);
  }
  if (schema.pattern !== undefined) {
    try {
      re2(schema.pattern);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      report(`${path}.pattern`, "Invalid", `must be a valid regular expression, but isn't: ${why}`, schema.pattern);
    }
  }
  if (schema.format !== undefined && isRefusedFormat(schema.format)) {
    report(`${path}.format`, "Invalid", "this stand-in API server does not check this format", schema.format);
  }
}

const keysKeyword = "x-kubernetes-list-map-keys";

function checkSet(items: JsonSchema, path: string, report: Report): void {
  if (items.nullable === true) {
    report(`${path}.nullable`, "Forbidden", "cannot be nullable when x-kubernetes-list-type is set");
  }
  const granular =
    (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") ||
    (items.type === "array" && (items["x-kubernetes-list-type"] ?? "atomic") !== "atomic");
  if (granular) report(path, "Invalid", "items of a list of type set must be scalars or atomic", items.type);
}

function checkMapList(schema: JsonSchema, path: string, report: Report): void {
  const keys = schema[keysKeyword] ?? [];
  const { items } = schema;
  if (keys.length === 0) {
    report(`${path}.${keysKeyword}`, "Required", "must not be empty if x-kubernetes-list-type is map");
  }
  if (items?.type !== "object") {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    report(`${path}.items.type`, "Invalid", detail, items?.type ?? "");
    return;
  }
  for (const key of keys) {
    const property = propertyOf(items, key);
    const scalar = property?.type !== undefined && property.type !== "object" && property.type !== "array";
    if (property === undefined || !scalar) {
      const detail = "entries must all be names of item properties of scalar type";
      report(`${path}.${keysKeyword}`, "Invalid", detail, keys);
    } else if (items.required?.includes(key) !== true && property.default === undefined) {
      const detail = `this property is in ${keysKeyword}, so it must have a default or be a required property`;
      report(`${path}.items.properties[${key}].default`, "Required", detail);
    }
  }
}

function checkListType(schema: JsonSchema, path: string, report: Report): void {
  const listType: string | undefined = schema["x-kubernetes-list-type"];
  const at = `${path}.x-kubernetes-list-type`;
  if (schema[keysKeyword] !== undefined && listType !== "map") {
    report(at, "Invalid", `must be map if ${keysKeyword} is non-empty`, listType ?? "");
  }
  if (listType === undefined) return;
  if (schema.type !== "array") {
    report(`${path}.type`, "Invalid", "must be array if x-kubernetes-list-type is specified", schema.type ?? "");
  }
  if (!["atomic", "set", "map"].includes(listType)) {
    report(at, "NotSupported", 'supported values: "atomic", "map", "set"', listType);
  }
  if (listType === "set" && schema.items !== undefined) checkSet(schema.items, `${path}.items`, report);
  if (listType === "map") checkMapList(schema, path, report);
}

function checkMetadata(schema: JsonSchema, level: Level, path: string, report: Report): void {
  for (const key of ["apiVersion", "kind"]) {
    const property = propertyOf(schema, key);
    if (property !== undefined && property.type !== "string") {
      report(`${path}.properties[${key}].type`, "Invalid", "must be string", property.type ?? "");
    }
  }
  const metadata = propertyOf(schema, "metadata");
  if (metadata === undefined) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== "object") report(`${at}.type`, "Invalid", "must be object", metadata.type ?? "");
  if (level !== "root") return;
  const allowed = new Set(["type", "properties", "description", "title", "default"]);
  const names = Object.keys(metadata.properties ?? {});
  if (
    Object.keys(metadata).some((key) => !allowed.has(key)) ||
    names.some((n) => n !== "name" && n !== "generateName")
  ) {
    const detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    report(at, "Forbidden", detail);
  }
}

function checkDefault(schema: JsonSchema, path: string, report: Report): void {
  const value = schema.default;
  if (value === undefined) return;
  const at = `${path}.default`;
  if (value === null && schema.nullable !== true) {
    report(at, "Invalid", "must not be null unless nullable is true", value);
    return;
  }
  const pruned = pruneFields(schema, value);
  if (pruned.dropped.length > 0)
    report(at, "Invalid", `must not have unknown fields: ${pruned.dropped.join(", ")}`, value);
  const full = fillDefaults(schema, value);
  for (const error of [...validateKeywords(schema, full, undefined, at), ...validateListTypes(schema, full, at)]) {
    report(error.path === "" ? at : error.path, error.type, error.detail, error.value);
  }
}

const embedded = "x-kubernetes-embedded-resource";

function checkEmbedded(schema: JsonSchema, path: string, report: Report): void {
  if (schema.type !== "object") {
    report(`${path}.type`, "Invalid", `must be object if ${embedded} is true`, schema.type ?? "");
  }
  if (schema.additionalProperties !== undefined) {
    report(`${path}.additionalProperties`, "Forbidden", `must not be used if ${embedded} is set`);
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] !== true && Object.keys(schema.properties ?? {}).length === 0) {
    const detail = `must not be empty if ${embedded} is true without x-kubernetes-preserve-unknown-fields`;
    report(`${path}.properties`, "Required", detail);
  }
}

const emptyType: Record<Level, string> = {
  root: "must not be empty at the root",
  items: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function checkShape(schema: JsonSchema, level: Level, path: string, report: Report): void {
  const preserve = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (schema["x-kubernetes-int-or-string"] === true) {
    const detail = "must be false if x-kubernetes-int-or-string is true";
    if (preserve) report(`${path}.x-kubernetes-preserve-unknown-fields`, "Invalid", detail, true);
    if (schema[embedded] === true) report(`${path}.${embedded}`, "Invalid", detail, true);
    if (schema.type !== undefined) {
      report(`${path}.type`, "Invalid", "must be empty if x-kubernetes-int-or-string is true", schema.type);
    }
  } else if (schema[embedded] === true) {
    checkEmbedded(schema, path, report);
  } else if (schema.type === undefined && !preserve) {
    report(`${path}.type`, "Required", emptyType[level]);
  }
  if (level === "root" && schema.type !== undefined && schema.type !== "object") {
    report(`${path}.type`, "Invalid", "must be object at the root", schema.type);
  }
  if (schema.type === "array" && schema.items === undefined) report(`${path}.items`, "Required", "must be specified");
  if (schema.additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (level === "root") report(at, "Forbidden", "must not be used at the root");
    if (schema.properties !== undefined)
      report(at, "Forbidden", "additionalProperties and properties are mutual exclusive");
    if (schema.additionalProperties === false) report(at, "Forbidden", "additionalProperties cannot be set to false");
  }
}

/** A schema below a junctor: it may only restrict what the schema outside it already describes. */
function checkNested(nested: JsonSchema, outside: JsonSchema | undefined, path: string, report: Report): void {
  const exempt = outside?.["x-kubernetes-int-or-string"] === true;
  if (outside === undefined) report(path, "Required", "because it is not defined outside of the value validation");
  for (const [keyword, detail] of outsideOnly) {
    const set = nested[keyword] !== undefined && nested[keyword] !== false;
    if (set && !(keyword === "type" && exempt)) report(`${path}.${keyword}`, "Forbidden", detail);
  }
  checkKeywords(nested, path, report);
  if (nested.items !== undefined) checkNested(nested.items, outside?.items, `${path}.items`, report);
  for (const [key, property] of Object.entries(nested.properties ?? {})) {
    const at = `${path}.properties[${key}]`;
    if (key === "metadata") report(at, "Forbidden", "must not be specified in a nested context");
    const same = outside && (propertyOf(outside, key) ?? additionalOf(outside));
    const free = outside?.["x-kubernetes-preserve-unknown-fields"] === true;
    checkNested(property, same ?? (free ? {} : undefined), at, report);
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
  checkShape(schema, level, path, report);
  checkListType(schema, path, report);
  if (level === "root" || schema[embedded] === true) checkMetadata(schema, level, path, report);
  checkJunctors(schema, schema, path, report);
  if (schema.items !== undefined) checkNode(schema.items, "items", `${path}.items`, report);
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    // The root's metadata is everyone's: its only business here is to name `name` and `generateName`.
    if (level === "root" && key === "metadata") continue;
    checkNode(property, "field", `${path}.properties[${key}]`, report);
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
