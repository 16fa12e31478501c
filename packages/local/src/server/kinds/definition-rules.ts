import { compileSchema, type CompiledSchema, type FieldError, InvalidSchemaError } from "../../schema/index.ts";
import { notImplemented } from "../http/api-error.ts";
import { at, type JsonObject, objectAt, objectsAt, stringAt } from "../json/json.ts";
import { changed, faults, invalid, required } from "./faults.ts";
import type { Rule } from "./resource.ts";

const compiled = new WeakMap<JsonObject, CompiledSchema>();
const openSchema: JsonObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The schema of a version, compiled once. Throws InvalidSchemaError. */
export const schemaOf = (version: JsonObject, path = "spec"): CompiledSchema => {
  const schema = objectAt(version, "schema", "openAPIV3Schema") ?? openSchema;
  const known = compiled.get(schema) ?? compileSchema(schema, `${path}.schema.openAPIV3Schema`);
  compiled.set(schema, known);
  return known;
};

const checkVersion = (version: JsonObject, path: string): readonly FieldError[] => {
  if (at(version, "schema", "openAPIV3Schema") === undefined)
    return [required(`${path}.schema.openAPIV3Schema`, "schemas are required")];
  try {
    schemaOf(version, path);
    return [];
  } catch (error) {
    if (error instanceof InvalidSchemaError) return error.errors;
    throw error;
  }
};

/** What a CustomResourceDefinition must be for its kind to be served. */
export const checkDefinition: Rule = (crd, old) => {
  const spec = objectAt(crd, "spec") ?? {};
  if (stringAt(spec, "conversion", "strategy") !== "None") {
    throw notImplemented(
      "this server converts between versions by their names alone: spec.conversion.strategy must be None",
    );
  }
  const fixed = [["group"], ["names", "plural"], ["names", "kind"], ["scope"]];
  const name = stringAt(crd, "metadata", "name");
  const expected = `${stringAt(spec, "names", "plural") ?? ""}.${stringAt(spec, "group") ?? ""}`;
  const versions = objectsAt(spec, "versions");
  const stored = versions.filter((version) => version["storage"] === true).length;
  return [
    ...(old
      ? fixed.flatMap((path) => changed(`spec.${path.join(".")}`, at(spec, ...path), at(old, "spec", ...path)))
      : []),
    ...faults(
      name !== expected && invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'),
      stored !== 1 && invalid("spec.versions", null, "must have exactly one version marked as storage version"),
    ),
    ...versions.flatMap((version, index) => checkVersion(version, `spec.versions[${index}]`)),
  ];
};
