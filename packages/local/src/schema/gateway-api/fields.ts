import type { JsonSchema, ValidationRule } from "../json-schema.ts";

export const group = "gateway.networking.k8s.io";

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

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
export const subdomain = `${label}(\\.${label})*`;
const domainPrefixed = `${subdomain}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+`;

export const hostname = text(1, 253, `^(\\*\\.)?${subdomain}$`);
export const preciseHostname = text(1, 253, `^${subdomain}$`);
export const sectionName = preciseHostname;
export const objectName = text(1, 253);
export const namespace = text(1, 63, `^${label}$`);
export const kind = text(1, 63, "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$");
export const groupName = text(undefined, 253, `^$|^${subdomain}$`);
export const port = int32({ minimum: 1, maximum: 65535 });
export const controllerName = text(1, 253, `^${domainPrefixed}$`);
export const addressType = text(1, 253, `^Hostname|IPAddress|NamedAddress|${domainPrefixed}$`);
export const protocol = text(1, 255, `^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|${subdomain}\\/[A-Za-z0-9]+$`);
export const headerName = text(1, 256, "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$");
export const annotationValue = text(0, 4096);

export const groupKind = object({ group: { ...groupName, default: group }, kind }, ["kind"]);
export const localObjectRef = object({ group: groupName, kind, name: objectName }, ["group", "kind", "name"]);

const condition = object(
  {
    lastTransitionTime: { type: "string", format: "date-time" },
    message: text(undefined, 32768),
    observedGeneration: { type: "integer", format: "int64", minimum: 0 },
    reason: text(1, 1024, "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"),
    status: oneOf(["True", "False", "Unknown"]),
    type: text(undefined, 316, `^(${subdomain}/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$`),
  },
  ["lastTransitionTime", "message", "reason", "status", "type"],
);

export const conditions = keyed("type", condition, 8);

/** Conditions that an object has from the start, until its controller has looked at it. */
export function pending(...types: readonly string[]): readonly unknown[] {
  return types.map((type) => ({
    type,
    status: "Unknown",
    reason: "Pending",
    message: "Waiting for controller",
    lastTransitionTime: "1970-01-01T00:00:00Z",
  }));
}

/** The root of a kind. */
export function root(spec: JsonSchema, status?: JsonSchema, required: readonly string[] = ["spec"]): JsonSchema {
  const whole = { apiVersion: string, kind: string, metadata: { type: "object" } as const, spec };
  return object(status === undefined ? whole : { ...whole, status }, required);
}
