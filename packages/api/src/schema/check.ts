import { quote } from "../syntax.ts";
import type { FieldFault, Schema } from "./schema.ts";

/** The fault as one line: `spec.appRef.port: Invalid value: 0: must be from 1 to 65535`. */
export function faultText({ field, kind, value, detail }: FieldFault): string {
  const shown = value === undefined ? "" : ` ${quote(value)}:`;
  return `${field}: ${kind}:${shown} ${detail}`;
}

/**
 * Every way in which a value does not fit its schema, in the schema's order of fields. Fields that the schema does not name are no
 * fault, as the API server drops them. Null counts as absent.
 *
 * An admitted object has none; this is for objects that an older schema admitted, or nobody (files).
 */
export function schemaFaults(schema: Schema, value: unknown, field: string): readonly FieldFault[] {
  if (schema["x-kubernetes-int-or-string"] === true) {
    if (typeof value === "string") return textFaults(schema, value, field);
    if (typeof value === "number" && Number.isInteger(value)) return numberFaults(schema, value, field);
    return [wrongType("an integer or a string", value, field)];
  }
  switch (schema.type) {
    case "object":
      return isRecord(value) ? objectFaults(schema, value, field) : [wrongType("an object", value, field)];
    case "array":
      return Array.isArray(value) ? arrayFaults(schema, value, field) : [wrongType("a list", value, field)];
    case "string":
      return typeof value === "string" ? textFaults(schema, value, field) : [wrongType("a string", value, field)];
    case "integer":
      return typeof value === "number" && Number.isInteger(value)
        ? numberFaults(schema, value, field)
        : [wrongType("a whole number", value, field)];
    case "any":
      return [];
    case "boolean":
      return typeof value === "boolean" ? [] : [wrongType("true or false", value, field)];
  }
}

/** The value with the schema's defaults filled in where nothing stands; other than the API server's, it also drops nulls. */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => withDefaults(items, item));
  }
  if (!isRecord(value) || schema["x-kubernetes-preserve-unknown-fields"] === true) return value;
  const { properties = {}, additionalProperties } = schema;
  const filled: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const inner = properties[name] ?? additionalProperties;
    if (item !== null && item !== undefined) filled[name] = inner === undefined ? item : withDefaults(inner, item);
  }
  for (const [name, inner] of Object.entries(properties)) {
    if (inner.default !== undefined) filled[name] ??= withDefaults(inner, inner.default);
  }
  return filled;
}

function objectFaults(schema: Schema, value: Readonly<Record<string, unknown>>, field: string): FieldFault[] {
  const { required = [], properties = {}, additionalProperties } = schema;
  const missing = (name: string): boolean => value[name] === undefined || value[name] === null;
  const named = Object.entries(properties).flatMap(([name, inner]): readonly FieldFault[] => {
    const path = `${field}.${name}`;
    if (!missing(name)) return schemaFaults(inner, value[name], path);
    return required.includes(name) ? [{ field: path, kind: "Required value", detail: mustBe(inner, "set") }] : [];
  });
  if (additionalProperties === undefined) return named;
  return Object.entries(value).flatMap(([name, item]) => schemaFaults(additionalProperties, item, `${field}.${name}`));
}

function arrayFaults(schema: Schema, value: readonly unknown[], field: string): FieldFault[] {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  if (value.length < minItems)
    return [{ field, kind: "Required value", detail: `must have at least ${plural(minItems)}` }];
  if (value.length > maxItems)
    return [{ field, kind: "Invalid value", value: value.length, detail: `must have at most ${plural(maxItems)}` }];
  const inner =
    items === undefined ? [] : value.flatMap((item, i) => schemaFaults(items, item, `${field}[${String(i)}]`));
  return [...duplicates(schema, value, field), ...inner];
}

function duplicates(schema: Schema, value: readonly unknown[], field: string): FieldFault[] {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (keys.length === 0 && schema["x-kubernetes-list-type"] !== "set") return [];
  const seen = new Set<string>();
  return value.flatMap((item, i): FieldFault[] => {
    const identity = keys.length === 0 ? [item] : keys.map((key) => (isRecord(item) ? item[key] : undefined));
    const text = JSON.stringify(identity);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    const [only] = keys;
    const path = `${field}[${String(i)}]`;
    const detail = "must be unique in the list";
    if (keys.length > 1) return [{ field: path, kind: "Duplicate value", value: identity, detail }];
    return [
      { field: only === undefined ? path : `${path}.${only}`, kind: "Duplicate value", value: identity[0], detail },
    ];
  });
}

function textFaults(schema: Schema, value: string, field: string): FieldFault[] {
  const { minLength = 0, maxLength = Infinity, pattern, enum: allowed } = schema;
  if (allowed !== undefined && !allowed.includes(value)) {
    const detail = `supported values: ${allowed.map(quote).join(", ")}`;
    return [{ field, kind: "Unsupported value", value, detail }];
  }
  if (value === "" && minLength > 0) return [{ field, kind: "Required value", detail: mustBe(schema, "set") }];
  if (value.length > maxLength) {
    return [{ field, kind: "Invalid value", value, detail: `must be at most ${String(maxLength)} characters long` }];
  }
  if (pattern === undefined || new RegExp(pattern, "u").test(value)) return [];
  return [{ field, kind: "Invalid value", value, detail: mustBe(schema, `of the form ${pattern}`) }];
}

function numberFaults({ minimum, maximum }: Schema, value: number, field: string): FieldFault[] {
  if ((minimum === undefined || value >= minimum) && (maximum === undefined || value <= maximum)) return [];
  const low = minimum === undefined ? undefined : String(minimum);
  const high = maximum === undefined ? undefined : String(maximum);
  const detail =
    high === undefined
      ? `must be at least ${low ?? ""}`
      : low === undefined
        ? `must be at most ${high}`
        : `must be from ${low} to ${high}`;
  return [{ field, kind: "Invalid value", value, detail }];
}

function wrongType(wanted: string, value: unknown, field: string): FieldFault {
  return { field, kind: "Invalid value", value, detail: `must be ${wanted}` };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function plural(count: number): string {
  return count === 1 ? "one item" : `${String(count)} items`;
}

function mustBe({ wanted }: Schema, otherwise: string): string {
  return `must be ${wanted ?? otherwise}`;
}
