import { at, isObject, listAt, type Json, objectAt, stringAt } from "../json/json.ts";
import { metadataShape, objectShape } from "./built-in-shapes.ts";
import { anyShape, type Shape } from "./shape.ts";

const scalarTypes: Readonly<Record<string, Shape["type"]>> = {
  string: "string",
  integer: "int",
  number: "number",
  boolean: "bool",
};

/** The shape of an `openAPIV3Schema` of a CustomResourceDefinition. */
export const crdShape = (schema: Json | undefined): Shape =>
  schema === undefined ? { ...objectShape({ type: "map" }), open: true } : objectShape(shapeOf(schema));

const shapeOf = (schema: Json): Shape => {
  if (at(schema, "x-kubernetes-int-or-string") === true) return { type: "intstr" };
  const open = at(schema, "x-kubernetes-preserve-unknown-fields") === true;
  const type = stringAt(schema, "type");
  if (type === "array") {
    const list = stringAt(schema, "x-kubernetes-list-type");
    const items = objectAt(schema, "items");
    const keys = listAt(schema, "x-kubernetes-list-map-keys").filter((key) => typeof key === "string");
    const defaults = keys.map((key) => [key, at(items, "properties", key, "default")] as const);
    return {
      type: "list",
      items: items ? shapeOf(items) : anyShape,
      list: list === "set" || list === "map" ? list : "atomic",
      keys,
      keyDefaults: Object.fromEntries(defaults.filter(([, value]) => value !== undefined)),
    };
  }
  if (type !== "object") return open ? anyShape : { type: scalarTypes[type ?? ""] ?? "any" };

  const properties = Object.entries(objectAt(schema, "properties") ?? {}).flatMap(([name, property]) =>
    property === undefined ? [] : [[name, shapeOf(property)] as const],
  );
  const additional = at(schema, "additionalProperties");
  const embedded = at(schema, "x-kubernetes-embedded-resource") === true;
  const fields = new Map<string, Shape>(properties);
  if (embedded) {
    for (const name of ["apiVersion", "kind"]) fields.set(name, { type: "string" });
    fields.set("metadata", metadataShape);
  }
  return {
    type: "map",
    ...((fields.size > 0 || additional === undefined) && { fields }),
    ...(isObject(additional) && { values: shapeOf(additional) }),
    ...(additional === true && { values: anyShape }),
    ...(open && { open }),
    atomic: stringAt(schema, "x-kubernetes-map-type") === "atomic",
  };
};
