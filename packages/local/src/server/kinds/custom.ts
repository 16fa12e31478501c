import type { FieldError } from "../../schema/index.ts";
import { at, type Json, listAt, numberAt, objectAt, objectsAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { customColumns } from "../table/custom-columns.ts";
import { crdShape } from "./crd-shape.ts";
import { schemaOf } from "./definition-validation.ts";
import type { Resource, ScalePaths } from "./resource.ts";

const pathOf = (text: string): readonly string[] => text.split(".").filter((part) => part !== "");

const scaleOf = (version: Json): ScalePaths | undefined => {
  const scale = objectAt(version, "subresources", "scale");
  if (!scale) return undefined;
  const selector = stringAt(scale, "labelSelectorPath");
  return {
    specReplicas: pathOf(stringAt(scale, "specReplicasPath") ?? ""),
    statusReplicas: pathOf(stringAt(scale, "statusReplicasPath") ?? ""),
    selector: selector === undefined ? undefined : pathOf(selector),
  };
};

const texts = (values: readonly Json[]): string[] => values.filter((value) => typeof value === "string");

const scaleErrors = (object: KubeObject, scale: ScalePaths): FieldError[] => {
  const replicas = numberAt(object, ...scale.specReplicas);
  const path = scale.specReplicas.join(".");
  return replicas !== undefined && replicas < 0
    ? [{ path, type: "Invalid", value: replicas, detail: "should be a non-negative integer" }]
    : [];
};

/** The served versions of a CustomResourceDefinition. */
export const customResources = (crd: KubeObject): Resource[] => {
  const group = stringAt(crd, "spec", "group") ?? "";
  const names = objectAt(crd, "spec", "names");
  const plural = stringAt(names, "plural") ?? "";
  const kind = stringAt(names, "kind") ?? "";
  const versions = objectsAt(crd, "spec", "versions");
  const stored =
    stringAt(
      versions.find((version) => version["storage"] === true),
      "name",
    ) ?? "";
  return versions
    .filter((version) => version["served"] === true)
    .map((version) => {
      const schema = at(version, "schema", "openAPIV3Schema");
      const compiled = schemaOf(version);
      const scale = scaleOf(version);
      return {
        group,
        version: stringAt(version, "name") ?? "",
        kind,
        plural,
        singular: stringAt(names, "singular") ?? kind.toLowerCase(),
        shortNames: texts(listAt(names, "shortNames")),
        categories: texts(listAt(names, "categories")),
        namespaced: stringAt(crd, "spec", "scope") === "Namespaced",
        storageKey: `${plural}.${group}`,
        storedAs: `${group}/${stored}`,
        builtIn: false,
        shape: crdShape(schema),
        status: at(version, "subresources", "status") !== undefined,
        scale,
        actions: [],
        counted: true,
        selectable: objectsAt(version, "selectableFields").flatMap((field) =>
          pathOf(stringAt(field, "jsonPath") ?? "").join("."),
        ),
        columns: customColumns(objectsAt(version, "additionalPrinterColumns")),
        nameRule: "subdomain",
        defaults: (object) => {
          Object.assign(object, compiled.applyDefaults(object));
        },
        create: () => undefined,
        validate: (object, old) => [...compiled.validate(object, old), ...(scale ? scaleErrors(object, scale) : [])],
      };
    });
};
