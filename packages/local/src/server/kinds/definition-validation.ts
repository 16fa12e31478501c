import { compileSchema, type CompiledSchema, type FieldError, InvalidSchemaError } from "../../schema/index.ts";
import { notImplemented } from "../http/api-error.ts";
import { at, type JsonObject, objectAt, objectsAt, stringAt } from "../json/json.ts";
import { immutable, nameErrors, oneOf, required, wrong } from "./field-rules.ts";

const compiled = new WeakMap<JsonObject, CompiledSchema>();
const openSchema: JsonObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The schema of a version, compiled once. Throws InvalidSchemaError. */
export const schemaOf = (version: JsonObject, path = "spec"): CompiledSchema => {
  const schema = objectAt(version, "schema", "openAPIV3Schema") ?? openSchema;
  const known = compiled.get(schema) ?? compileSchema(schema, `${path}.schema.openAPIV3Schema`);
  compiled.set(schema, known);
  return known;
};

const versionErrors = (version: JsonObject, path: string): FieldError[] => {
  const errors = nameErrors(`${path}.name`, stringAt(version, "name") ?? "", "label-1035");
  if (!objectAt(version, "schema", "openAPIV3Schema")) {
    return [...errors, required(`${path}.schema.openAPIV3Schema`, "schemas are required")];
  }
  try {
    schemaOf(version, path);
  } catch (error) {
    if (!(error instanceof InvalidSchemaError)) throw error;
    errors.push(...error.errors);
  }
  return errors;
};

/** What a CustomResourceDefinition must be for its kind to be served. */
export const definitionErrors = (crd: JsonObject, old: JsonObject | undefined): FieldError[] => {
  const spec = objectAt(crd, "spec") ?? {};
  if (stringAt(spec, "conversion", "strategy") !== "None") {
    throw notImplemented(
      "this server converts between versions by their names alone: spec.conversion.strategy must be None",
    );
  }
  const errors: FieldError[] = [];
  for (const path of [["group"], ["names", "plural"], ["names", "kind"]]) {
    if (!stringAt(spec, ...path)) errors.push(required(`spec.${path.join(".")}`));
    if (old) errors.push(...immutable(`spec.${path.join(".")}`, at(spec, ...path), at(old, "spec", ...path)));
  }
  if (old) errors.push(...immutable("spec.scope", spec["scope"], at(old, "spec", "scope")));
  const name = stringAt(crd, "metadata", "name") ?? "";
  const expected = `${stringAt(spec, "names", "plural") ?? ""}.${stringAt(spec, "group") ?? ""}`;
  if (name !== expected) errors.push(wrong("metadata.name", name, 'must be spec.names.plural+"."+spec.group'));
  errors.push(...oneOf("spec.scope", spec["scope"], ["Cluster", "Namespaced"]));
  const versions = objectsAt(spec, "versions");
  if (versions.filter((version) => version["storage"] === true).length !== 1) {
    errors.push(wrong("spec.versions", null, "must have exactly one version marked as storage version"));
  }
  versions.forEach((version, index) => errors.push(...versionErrors(version, `spec.versions[${index}]`)));
  return errors;
};
