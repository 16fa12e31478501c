import { compileRules, validateRules } from "./cel/rules.ts";
import { fillDefaults } from "./defaults.ts";
import type { FieldError } from "./field-error.ts";
import type { JsonSchema } from "./json-schema.ts";
import { checkMalformed } from "./malformed.ts";
import { wholeObject } from "./object-meta.ts";
import { pruneFields } from "./prune.ts";
import { checkStructural } from "./structural.ts";
import { validateKeywords } from "./validate.ts";

/** A CRD's schema, ready for objects. Nothing here changes its argument; results share what did not change. */
export interface CompiledSchema {
  /**
   * What is wrong with the object, as the API server would find it after pruning and defaulting. With `old`, the
   * stored object, this is an update: transition rules run, and parts that did not change are not held against it.
   */
  validate(object: unknown, old?: unknown): FieldError[];
  /** The object without fields that the schema does not name. */
  prune<T>(object: T): T;
  /** Paths of the fields that `prune` would drop, sorted. */
  unknownFields(object: unknown): string[];
  /** The object with every missing field that has a default, and without fields that are null where null is not allowed. */
  applyDefaults<T>(object: T): T;
  /** The schema itself, with the members that every object has: how its objects merge. */
  readonly root: JsonSchema;
}

/** A schema that cannot be used, with the reasons as errors on the CRD's fields. */
export class InvalidSchemaError extends Error {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super(`the schema is refused: ${errors.map((error) => `${error.path}: ${error.detail}`).join(", ")}`);
    this.name = "InvalidSchemaError";
    this.errors = errors;
  }
}

/** Kinds of errors after which rules are not tried: the object may not have the types that they were checked against. */
const blocking: ReadonlySet<string> = new Set(["NotSupported", "Required", "TooLong", "TooMany", "TypeInvalid"]);

const notTried: FieldError = {
  path: "",
  type: "Invalid",
  value: null,
  detail:
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};

/**
 * Makes a version's `openAPIV3Schema` ready for use. Throws InvalidSchemaError when it is malformed, not structural,
 * or asks for something that is not supported here. `path` is where the schema stands in the CRD.
 */
export function compileSchema(openAPIV3Schema: unknown, path = "spec.validation.openAPIV3Schema"): CompiledSchema {
  if (openAPIV3Schema === undefined) {
    throw new InvalidSchemaError([{ path, type: "Required", detail: "schemas are required" }]);
  }
  const malformed = checkMalformed(openAPIV3Schema, path);
  if (malformed.length > 0) throw new InvalidSchemaError(malformed);
  // Every keyword has the JSON type that JsonSchema says.
  const schema = openAPIV3Schema as JsonSchema;
  const refused = checkStructural(schema, path);
  if (refused.length > 0) throw new InvalidSchemaError(refused);
  // A rule sees of the metadata what the schema itself says: names.
  const seen: JsonSchema = { ...schema, "x-kubernetes-embedded-resource": true };
  const rules = compileRules({ schema: seen, path, correlatable: true }, refused);
  if (refused.length > 0) throw new InvalidSchemaError(refused);
  const root = wholeObject(schema);
  return compiled(root, (object, old) => {
    const errors = validateKeywords(root, object, { old });
    if (rules.size === 0) return errors;
    if (errors.some((error) => blocking.has(error.type))) return [...errors, notTried];
    return [...errors, ...validateRules(rules, seen, object, old)];
  });
}

/** A built-in kind's schema, which is known to be sound and has no rules; keys of its lists may repeat. */
export function builtInSchema(schema: JsonSchema): CompiledSchema {
  const root = wholeObject(schema);
  return compiled(root, (object, old) => validateKeywords(root, object, { old, builtIn: true }));
}

/** Pruning and defaults keep every type. */
const compiled = (root: JsonSchema, validate: CompiledSchema["validate"]): CompiledSchema => ({
  root,
  validate,
  prune: <T>(object: T): T => pruneFields(root, object).value as T,
  unknownFields: (object) => pruneFields(root, object).dropped,
  applyDefaults: <T>(object: T): T => fillDefaults(root, object) as T,
});
