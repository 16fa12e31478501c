import type { FieldError } from "../../schema/index.ts";
import { at, type Json, type JsonObject, listAt, numberAt, objectAt, objectsAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { customColumns } from "../table/custom-columns.ts";
import { schemaOf } from "./definition-rules.ts";
import { invalid } from "./faults.ts";
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

const checkScale = (object: JsonObject, { specReplicas }: ScalePaths): FieldError[] => {
  const replicas = numberAt(object, ...specReplicas) ?? 0;
  return replicas < 0 ? [invalid(specReplicas.join("."), replicas, "should be a non-negative integer")] : [];
};

/** The served versions of a CustomResourceDefinition. */
export const customResources = (crd: KubeObject): Resource[] => {
  const group = stringAt(crd, "spec", "group") ?? "";
  const names = objectAt(crd, "spec", "names");
  const plural = stringAt(names, "plural") ?? "";
  const kind = stringAt(names, "kind") ?? "";
  const versions = objectsAt(crd, "spec", "versions");
  const stored = versions.find(({ storage }) => storage === true);
  return versions
    .filter((version) => version["served"] === true)
    .map((version) => {
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
        storedAs: `${group}/${stringAt(stored, "name") ?? ""}`,
        builtIn: false,
        schema: schemaOf(version),
        status: at(version, "subresources", "status") !== undefined,
        scale,
        actions: [],
        counted: true,
        selectable: objectsAt(version, "selectableFields").flatMap((field) =>
          pathOf(stringAt(field, "jsonPath") ?? "").join("."),
        ),
        columns: customColumns(objectsAt(version, "additionalPrinterColumns")),
        nameRule: "subdomain",
        review: false,
        defaults: () => undefined,
        admit: () => undefined,
        firstStatus: undefined,
        check: (object) => (scale ? checkScale(object, scale) : []),
      };
    });
};
