import type { JsonSchema } from "./json-schema.ts";

const string: JsonSchema = { type: "string" };
const texts: JsonSchema = { type: "object", additionalProperties: string };

const owner: JsonSchema = {
  type: "object",
  "x-kubernetes-map-type": "atomic",
  required: ["apiVersion", "kind", "name", "uid"],
  properties: {
    ...Object.fromEntries(
      ["apiVersion", "kind", "name", "uid"].map((name) => [name, { type: "string", minLength: 1 }]),
    ),
    controller: { type: "boolean" },
    blockOwnerDeletion: { type: "boolean" },
  },
};

const names = "name generateName namespace selfLink uid resourceVersion creationTimestamp deletionTimestamp";

/** The metadata of every object. */
export const objectMeta: JsonSchema = {
  type: "object",
  properties: {
    ...Object.fromEntries(names.split(" ").map((name) => [name, string])),
    generation: { type: "integer" },
    deletionGracePeriodSeconds: { type: "integer" },
    labels: texts,
    annotations: texts,
    finalizers: { type: "array", items: string, "x-kubernetes-list-type": "set" },
    ownerReferences: {
      type: "array",
      items: owner,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
    },
    managedFields: { type: "array", items: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  },
};

/** A whole object's schema with the members that every object has; it may restrict the names further. */
export function wholeObject(schema: JsonSchema): JsonSchema {
  const metadata: JsonSchema = {
    ...objectMeta,
    properties: { ...objectMeta.properties, ...schema.properties?.["metadata"]?.properties },
  };
  return { ...schema, properties: { ...schema.properties, apiVersion: string, kind: string, metadata } };
}
