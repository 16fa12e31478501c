import type { FieldError } from "./field-error.ts";
import type { JsonSchema, SchemaType } from "./json-schema.ts";
import { validateKeywords } from "./validate.ts";

const many = (type: SchemaType, names: string): [string, JsonSchema][] =>
  names.split(" ").map((name) => [name, { type }]);
const listOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });

const oneOf = (...values: string[]): JsonSchema => ({ type: "string", enum: values });

const rule: JsonSchema = {
  type: "object",
  required: ["rule"],
  properties: {
    ...Object.fromEntries([
      ...many("string", "message messageExpression fieldPath"),
      ...many("boolean", "optionalOldSelf"),
    ]),
    rule: { type: "string", pattern: "\\S" },
    reason: oneOf("FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"),
  },
};

const properties: Record<string, JsonSchema> = Object.fromEntries([
  ...many("string", "format pattern title description"),
  ...many("boolean", "nullable exclusiveMaximum exclusiveMinimum x-kubernetes-int-or-string"),
  ...many("boolean", "x-kubernetes-preserve-unknown-fields x-kubernetes-embedded-resource"),
  ...many("number", "maximum minimum multipleOf"),
  ...many("integer", "maxLength minLength maxItems minItems maxProperties minProperties"),
]);

/** The schema of schemas: what JsonSchema says, for values that come from outside. */
const schemaOfSchemas: JsonSchema = { type: "object", properties };

Object.assign(properties, {
  type: oneOf("array", "boolean", "integer", "number", "object", "string"),
  "x-kubernetes-list-type": oneOf("atomic", "set", "map"),
  "x-kubernetes-map-type": oneOf("atomic", "granular"),
  uniqueItems: { type: "boolean", enum: [false] },
  enum: listOf({}),
  required: listOf({ type: "string" }),
  "x-kubernetes-list-map-keys": listOf({ type: "string" }),
  "x-kubernetes-validations": listOf(rule),
  properties: { type: "object", additionalProperties: schemaOfSchemas },
  additionalProperties: { anyOf: [schemaOfSchemas, { type: "boolean" }] },
  items: schemaOfSchemas,
  not: schemaOfSchemas,
  allOf: listOf(schemaOfSchemas),
  anyOf: listOf(schemaOfSchemas),
  oneOf: listOf(schemaOfSchemas),
});

/** Keywords whose values are not even of the right JSON type. After an empty answer the value can be read as a JsonSchema. */
export function checkMalformed(schema: unknown, path: string): FieldError[] {
  return validateKeywords(schemaOfSchemas, schema, { path });
}
