import { celMap, type CelInput, type CelValue } from "@bufbuild/cel";
import { create } from "@bufbuild/protobuf";
import { DurationSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { additionalOf, isList, isObject, propertyOf, type JsonSchema } from "../json-schema.ts";
import { listValue } from "./environment.ts";

const keywords: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return".split(" "),
);

const escapes: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

/** A property's name as a rule spells it; undefined when no rule can. */
export function escapeName(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  if (keywords.has(name)) return `__${name}__`;
  return name.replace(/__|[./-]/g, (part) => escapes[part] ?? part);
}

const nanosPer: Readonly<Record<string, number>> = {
  h: 3600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ns: 1,
};

function toDuration(text: string): CelInput {
  const sign = text.startsWith("-") ? -1 : 1;
  let nanos = 0;
  for (const [, count, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)\s*(ns|us|µs|μs|ms|s|m|h)/g)) {
    nanos += Number(count) * (nanosPer[unit ?? ""] ?? 0);
  }
  const seconds = Math.floor(nanos / 1e9);
  return create(DurationSchema, { seconds: BigInt(sign * seconds), nanos: sign * Math.round(nanos - seconds * 1e9) });
}

function toText(schema: JsonSchema, text: string): CelInput {
  switch (schema.type === "string" ? (schema.format ?? "") : "") {
    case "byte":
      return Uint8Array.from(Buffer.from(text, "base64"));
    case "date":
    case "date-time":
    case "datetime":
      return Number.isNaN(Date.parse(text)) ? text : timestampFromDate(new Date(text));
    case "duration":
      return toDuration(text);
    default:
      return text;
  }
}

const metadata: JsonSchema = {
  type: "object",
  properties: { name: { type: "string" }, generateName: { type: "string" } },
};

/** What rules see of a whole object besides its own properties. */
const ofEveryObject: Readonly<Record<string, JsonSchema>> = {
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata,
};

/** The schema of the properties that a rule can name in an object. */
export function visibleProperty(schema: JsonSchema, name: string): JsonSchema | undefined {
  if (schema["x-kubernetes-embedded-resource"] === true && Object.hasOwn(ofEveryObject, name))
    return ofEveryObject[name];
  return propertyOf(schema, name);
}

/** Names of the properties that a rule can name in an object, as the object spells them. */
export function visibleNames(schema: JsonSchema): string[] {
  const whole = schema["x-kubernetes-embedded-resource"] === true ? Object.keys(ofEveryObject) : [];
  return [...new Set([...whole, ...Object.keys(schema.properties ?? {})])];
}

function toMap(schema: JsonSchema, value: Record<string, unknown>): CelInput {
  const additional = additionalOf(schema);
  const entries = new Map<string, CelInput>();
  for (const [key, item] of Object.entries(value)) {
    const property = visibleProperty(schema, key);
    const name = property === undefined ? key : escapeName(key);
    const itemSchema = property ?? additional;
    if (itemSchema !== undefined && name !== undefined) entries.set(name, toCelValue(itemSchema, item));
  }
  return celMap(entries);
}

/** A JSON value as a rule sees it. Fields without a schema are not seen. */
export function toCelValue(schema: JsonSchema, value: unknown): CelInput {
  if (isList(value)) {
    const { items = {} } = schema;
    const anyOrder = (schema["x-kubernetes-list-type"] ?? "atomic") !== "atomic";
    // The library wraps plain items on access; ours are wrapped already.
    const wrapped = value.map((item) => toCelValue(items, item)) as CelValue[];
    return listValue(wrapped, anyOrder);
  }
  if (isObject(value)) return toMap(schema, value);
  if (typeof value === "number") {
    const integer = schema.type !== "number" && Number.isInteger(value);
    return integer ? BigInt(value) : value;
  }
  if (typeof value === "string") return toText(schema, value);
  return typeof value === "boolean" ? value : null;
}
