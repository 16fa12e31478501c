import { nearest, quote } from "@headgate/api";

import type { JsonSchema, KindSchema } from "./schemas.ts";
import type { MapShape, Shape } from "./shape.ts";

/** Something about an output that its target cannot take. `at` is a place in the YAML. */
export interface OutputFault {
  readonly at: string;
  readonly message: string;
}

type Report = (at: string, message: string) => void;

interface Checking {
  readonly known: KindSchema;
  readonly report: Report;
  /** Fields that must be there are asked for: of a whole object, not of a patch. */
  readonly whole: boolean;
}

const metadataSchema: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string" },
    namespace: { type: "string" },
    labels: { type: "object", additionalProperties: { type: "string" } },
    annotations: { type: "object", additionalProperties: { type: "string" } },
  },
};

/** Metadata that targets are never given, whatever a pipeline makes of it. */
const ignored = new Set(["uid", "resourceVersion", "generation", "creationTimestamp", "ownerReferences", "finalizers"]);

/** Where the shape of an output cannot fit the schema of its kind, whatever the objects are. */
export function outputFaults(
  output: MapShape,
  known: KindSchema,
  { whole }: { readonly whole: boolean },
): readonly OutputFault[] {
  const faults: OutputFault[] = [];
  const checking: Checking = {
    known,
    whole,
    report: (at, message) => {
      if (!faults.some((one) => one.at === at && one.message === message)) faults.push({ at, message });
    },
  };
  const { properties = {}, required = [] } = known.resolve(known.schema);
  for (const [name, shape] of output.fields) {
    if (name === "apiVersion" || name === "kind") continue;
    if (name === "metadata") checkMetadata(shape, checking);
    else checkField(properties, name, { shape, schema: properties[name], path: name }, checking);
  }
  const needed = required.filter((name) => !["apiVersion", "kind", "metadata"].includes(name));
  checkRequired(output, { required: needed, properties }, "", checking);
  return faults;
}

function checkMetadata(shape: Shape, checking: Checking): void {
  if (shape.kind !== "map") {
    check(shape, metadataSchema, "metadata", checking);
    return;
  }
  const kept = new Map([...shape.fields].filter(([name]) => !ignored.has(name)));
  check({ ...shape, fields: kept }, metadataSchema, "metadata", { ...checking, known: plain });
}

const plain: KindSchema = { schema: metadataSchema, resolve: (schema) => schema };

function check(shape: Shape, reference: JsonSchema, path: string, checking: Checking): void {
  const schema = checking.known.resolve(reference);
  switch (shape.kind) {
    case "unknown":
    case "nothing":
      return;
    case "either":
      for (const option of shape.options) check(option, schema, path, checking);
      return;
    case "map":
      if (isObject(schema)) checkMap(shape, schema, path, checking);
      else wrong(shape.at, { path, schema, found: "a map" }, checking);
      return;
    case "list":
      if (schema.type === undefined || schema.type === "array") {
        const { items } = schema;
        if (items !== undefined) for (const item of shape.items) check(item, items, `${path}[]`, checking);
        if (schema.type === "array" || isFree(schema)) return;
      }
      wrong(shape.at, { path, schema, found: "a list" }, checking);
      return;
    case "literal":
      checkLiteral(shape, schema, path, checking);
      return;
    case "scalar":
      if (!fits(schema, shape.type)) wrong(shape.at, { path, schema, found: `a ${shape.type}` }, checking);
  }
}

/** A schema that takes anything. */
function isFree(schema: JsonSchema): boolean {
  return schema["x-kubernetes-int-or-string"] !== true && schema.type === undefined && schema.properties === undefined;
}

function isObject(schema: JsonSchema): boolean {
  return schema.type === "object" || schema.properties !== undefined || isFree(schema);
}

function fits(schema: JsonSchema, type: "string" | "number" | "boolean"): boolean {
  if (schema["x-kubernetes-int-or-string"] === true || schema.format === "int-or-string") return type !== "boolean";
  if (isFree(schema)) return true;
  if (type === "number") return schema.type === "integer" || schema.type === "number";
  return schema.type === type;
}

function checkLiteral(
  { value, at }: Shape & { readonly kind: "literal" },
  schema: JsonSchema,
  path: string,
  checking: Checking,
): void {
  const type = typeof value === "string" ? "string" : typeof value === "number" ? "number" : "boolean";
  const whole = typeof value !== "number" || Number.isInteger(value) || schema.type !== "integer";
  if (!fits(schema, type) || !whole) wrong(at, { path, schema, found: quote(value) }, checking);
  else if (schema.enum !== undefined && !schema.enum.includes(value))
    checking.report(at, `${path} is ${quote(value)}; it must be one of ${schema.enum.map(quote).join(", ")}`);
}

function wrong(
  at: string,
  { path, schema, found }: { readonly path: string; readonly schema: JsonSchema; readonly found: string },
  { report }: Checking,
): void {
  const either = schema["x-kubernetes-int-or-string"] === true || schema.format === "int-or-string";
  const wanted = either ? "an integer or a string" : words[schema.type ?? ""];
  if (wanted !== undefined) report(at, `${path} is ${found}; it must be ${wanted}`);
}

const words: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "a string",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function checkMap(shape: MapShape, schema: JsonSchema, path: string, checking: Checking): void {
  const { properties, additionalProperties, required = [] } = schema;
  for (const [name, inner] of shape.fields) {
    const own = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    const other = typeof additionalProperties === "object" ? additionalProperties : undefined;
    const below = /^[\w-]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
    if (own !== undefined || other !== undefined) check(inner, own ?? other ?? {}, below, checking);
    else if (properties !== undefined && additionalProperties !== true && !preserves(schema))
      checkField(properties, name, { shape: inner, schema: undefined, path: below }, checking);
  }
  if (properties !== undefined) checkRequired(shape, { required, properties }, `${path}.`, checking);
}

function preserves(schema: JsonSchema): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true;
}

function checkField(
  properties: Readonly<Record<string, JsonSchema>>,
  name: string,
  { shape, schema, path }: { readonly shape: Shape; readonly schema: JsonSchema | undefined; readonly path: string },
  checking: Checking,
): void {
  if (schema !== undefined) {
    check(shape, schema, path, checking);
    return;
  }
  if (preserves(checking.known.schema)) return;
  const meant = nearest(name, Object.keys(properties));
  checking.report(shape.at, `there is no field ${path}${meant === undefined ? "" : ` (${meant}?)`}`);
}

function checkRequired(
  { fields, open, at }: MapShape,
  {
    required,
    properties,
  }: { readonly required: readonly string[]; readonly properties: Readonly<Record<string, JsonSchema>> },
  path: string,
  { whole, report }: Checking,
): void {
  if (!whole || open) return;
  for (const name of required)
    if (!fields.has(name) && properties[name]?.default === undefined) report(at, `${path}${name} is missing`);
}
