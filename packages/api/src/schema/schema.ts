import type { Json } from "../object.ts";

/** The part of a CRD's OpenAPI v3 schema that our kinds use. What stands here goes into the CRD as it is. */
export interface Schema {
  /** `any` takes whatever there is; with it goes `x-kubernetes-preserve-unknown-fields`. */
  readonly type: "object" | "array" | "string" | "integer" | "boolean" | "any";
  readonly description?: string;
  /** What a value has to be, to go after "must be". Not part of the CRD. */
  readonly wanted?: string;
  readonly default?: Json;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  /** The values of a map with free keys. */
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly format?: "int32" | "int64" | "date-time";
  readonly "x-kubernetes-list-type"?: "map" | "atomic" | "set";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  /** An object whose content is somebody else's schema: it is not looked into. */
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
  readonly "x-kubernetes-int-or-string"?: true;
  readonly "x-kubernetes-validations"?: readonly CelRule[];
}

export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?: "FieldValueRequired" | "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueDuplicate";
}

/** One fault, worded as the API server words its own. */
export interface FieldFault {
  /** Such as `spec.endpoints[0].match.path`. */
  readonly field: string;
  readonly kind: "Required value" | "Invalid value" | "Unsupported value" | "Duplicate value" | "Forbidden";
  /** Left out where there is none to show. */
  readonly value?: unknown;
  readonly detail: string;
}

/** The schema as a CRD may hold it: without `wanted`, and without a type where there is more than one. */
export function published(schema: Schema): { readonly [field: string]: Json } {
  const text = JSON.stringify(schema, function (this: Partial<Schema>, field, value: unknown) {
    const untyped = field === "type" && (value === "any" || this["x-kubernetes-int-or-string"] === true);
    return field === "wanted" || untyped ? undefined : value;
  });
  return JSON.parse(text) as { readonly [field: string]: Json };
}
