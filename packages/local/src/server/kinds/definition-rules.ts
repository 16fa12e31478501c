import { compileSchema, type CompiledSchema, InvalidSchemaError } from "../../schema/index.ts";
import { notImplemented } from "../http/api-error.ts";
import { at, type JsonObject, objectAt, objectsAt, stringAt } from "../json/json.ts";
import type { Check } from "./check.ts";

const compiled = new WeakMap<JsonObject, CompiledSchema>();
const openSchema: JsonObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The schema of a version, compiled once. Throws InvalidSchemaError. */
export const schemaOf = (version: JsonObject, path = "spec"): CompiledSchema => {
  const schema = objectAt(version, "schema", "openAPIV3Schema") ?? openSchema;
  const known = compiled.get(schema) ?? compileSchema(schema, `${path}.schema.openAPIV3Schema`);
  compiled.set(schema, known);
  return known;
};

const checkVersion = (check: Check, version: JsonObject, path: string): void => {
  check.name(`${path}.name`, stringAt(version, "name") ?? "", "label-1035");
  check.required(`${path}.schema.openAPIV3Schema`, at(version, "schema", "openAPIV3Schema"), "schemas are required");
  try {
    schemaOf(version, path);
  } catch (error) {
    if (!(error instanceof InvalidSchemaError)) throw error;
    check.errors.push(...error.errors);
  }
};

/** What a CustomResourceDefinition must be for its kind to be served. */
export const checkDefinition = (check: Check, crd: JsonObject, old: JsonObject | undefined): void => {
  const spec = objectAt(crd, "spec") ?? {};
  if (stringAt(spec, "conversion", "strategy") !== "None") {
    throw notImplemented(
      "this server converts between versions by their names alone: spec.conversion.strategy must be None",
    );
  }
  for (const path of [["group"], ["names", "plural"], ["names", "kind"], ["scope"]]) {
    check.required(`spec.${path.join(".")}`, at(spec, ...path));
    if (old) check.immutable(`spec.${path.join(".")}`, at(spec, ...path), at(old, "spec", ...path));
  }
  check.oneOf("spec.scope", spec["scope"], ["Cluster", "Namespaced"]);
  const name = stringAt(crd, "metadata", "name");
  const expected = `${stringAt(spec, "names", "plural") ?? ""}.${stringAt(spec, "group") ?? ""}`;
  check.wrong(name !== expected, "metadata.name", name, 'must be spec.names.plural+"."+spec.group');
  const versions = objectsAt(spec, "versions");
  const stored = versions.filter((version) => version["storage"] === true).length;
  check.wrong(stored !== 1, "spec.versions", null, "must have exactly one version marked as storage version");
  versions.forEach((version, index) => {
    checkVersion(check, version, `spec.versions[${index}]`);
  });
};
