import type { FieldError } from "./field-error.ts";
import { isList, isObject } from "./json-schema.ts";

type Kind = "string" | "number" | "boolean" | "list" | "strings" | "schema" | "schemas" | "properties" | "rules";

const kinds: Readonly<Record<string, Kind>> = {
  type: "string",
  format: "string",
  pattern: "string",
  title: "string",
  description: "string",
  nullable: "boolean",
  uniqueItems: "boolean",
  exclusiveMaximum: "boolean",
  exclusiveMinimum: "boolean",
  maximum: "number",
  minimum: "number",
  multipleOf: "number",
  maxLength: "number",
  minLength: "number",
  maxItems: "number",
  minItems: "number",
  maxProperties: "number",
  minProperties: "number",
  enum: "list",
  required: "strings",
  properties: "properties",
  additionalProperties: "schema",
  items: "schema",
  not: "schema",
  allOf: "schemas",
  anyOf: "schemas",
  oneOf: "schemas",
  "x-kubernetes-int-or-string": "boolean",
  "x-kubernetes-preserve-unknown-fields": "boolean",
  "x-kubernetes-embedded-resource": "boolean",
  "x-kubernetes-list-type": "string",
  "x-kubernetes-list-map-keys": "strings",
  "x-kubernetes-map-type": "string",
  "x-kubernetes-validations": "rules",
};

const ruleKinds: Readonly<Record<string, Kind>> = {
  rule: "string",
  message: "string",
  messageExpression: "string",
  reason: "string",
  fieldPath: "string",
  optionalOldSelf: "boolean",
};

const article: Record<Kind, string> = {
  string: "a string",
  number: "a number",
  boolean: "a boolean",
  list: "a list",
  strings: "a list of strings",
  schema: "an object",
  schemas: "a list",
  properties: "an object",
  rules: "a list",
};

function isKind(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case "string":
    case "number":
    case "boolean":
      return typeof value === kind;
    case "strings":
      return isList(value) && value.every((item) => typeof item === "string");
    case "list":
    case "schemas":
    case "rules":
      return isList(value);
    case "schema":
    case "properties":
      return isObject(value);
  }
}

function visitKeyword(kind: Kind, value: unknown, path: string): FieldError[] {
  if (kind === "schema") return visit(value, path);
  if (isList(value)) {
    if (kind === "schemas") return value.flatMap((nested, i) => visit(nested, `${path}[${i}]`));
    if (kind === "rules") return value.flatMap((rule, i) => visit(rule, `${path}[${i}]`, ruleKinds));
  }
  if (kind !== "properties" || !isObject(value)) return [];
  return Object.entries(value).flatMap(([key, nested]) => visit(nested, `${path}[${key}]`));
}

function visit(value: unknown, path: string, known = kinds): FieldError[] {
  if (!isObject(value)) return [{ path, type: "Invalid", detail: "must be an object" }];
  return Object.entries(known).flatMap(([keyword, kind]) => {
    const given = value[keyword];
    const at = `${path}.${keyword}`;
    if (given === undefined) return [];
    if (keyword === "additionalProperties" && typeof given === "boolean") return [];
    if (isKind(kind, given)) return visitKeyword(kind, given, at);
    return [{ path: at, type: "Invalid", value: given, detail: `must be ${article[kind]}` }];
  });
}

/** Keywords whose values are not even of the right JSON type. After an empty answer the value can be read as a JsonSchema. */
export function checkMalformed(schema: unknown, path: string): FieldError[] {
  return visit(schema, path);
}
