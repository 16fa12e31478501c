import type { JsonSchema, ValidationRule } from "../json-schema.ts";

type Properties = Readonly<Record<string, JsonSchema>>;

/** An object; `required` is left out when nothing is. */
export function object(properties: Properties, required: readonly string[] = [], extra: JsonSchema = {}): JsonSchema {
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}), ...extra };
}

/** An object of free keys. */
export function mapOf(value: JsonSchema, extra: JsonSchema = {}): JsonSchema {
  return { type: "object", additionalProperties: value, ...extra };
}

export function list(items: JsonSchema, maxItems?: number, extra: JsonSchema = {}): JsonSchema {
  return { type: "array", items, ...(maxItems === undefined ? {} : { maxItems }), ...extra };
}

/** A list of objects told apart by one field. */
export function keyed(key: string, items: JsonSchema, maxItems: number, extra: JsonSchema = {}): JsonSchema {
  return list(items, maxItems, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key], ...extra });
}

export function text(minLength: number | undefined, maxLength: number, pattern?: string): JsonSchema {
  return {
    type: "string",
    maxLength,
    ...(minLength === undefined ? {} : { minLength }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

export function oneOf(values: readonly (string | number)[], defaultValue?: string | number): JsonSchema {
  const type = typeof values[0] === "number" ? "integer" : "string";
  return { type, enum: values, ...(defaultValue === undefined ? {} : { default: defaultValue }) };
}

export function int32(extra: JsonSchema = {}): JsonSchema {
  return { type: "integer", format: "int32", ...extra };
}

/** The rules of a schema, each with the message that a client sees when it does not hold. */
export function rules(...pairs: readonly (readonly [rule: string, message: string])[]): JsonSchema {
  const validations: ValidationRule[] = pairs.map(([rule, message]) => ({ rule, message }));
  return { "x-kubernetes-validations": validations };
}

export const string: JsonSchema = { type: "string" };

/** The root of a kind. */
export function root(spec: JsonSchema, status?: JsonSchema, required: readonly string[] = ["spec"]): JsonSchema {
  const whole = { apiVersion: string, kind: string, metadata: { type: "object" } as const, spec };
  return object(status === undefined ? whole : { ...whole, status }, required);
}
