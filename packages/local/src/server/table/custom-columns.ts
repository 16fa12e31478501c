import { isObject, type Json, type JsonObject, numberAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Column } from "../kinds/resource.ts";
import { since } from "./age.ts";
import { jsonPath } from "./json-path.ts";

const types = new Set(["string", "integer", "number", "boolean", "date"]);

const cellOf = (type: string, found: readonly Json[], now: number): Json => {
  const [value] = found;
  if (value === undefined || value === null) return null;
  if (type === "date") return since(value, now);
  if (type === "integer") return typeof value === "number" ? Math.trunc(value) : null;
  if (type === "number") return typeof value === "number" ? value : null;
  if (type === "boolean") return typeof value === "boolean" ? value : null;
  return found.map((item) => (isObject(item) || Array.isArray(item) ? JSON.stringify(item) : String(item))).join(",");
};

/** The columns of a CustomResourceDefinition's `additionalPrinterColumns`. */
export const customColumns = (definitions: readonly JsonObject[]): Column[] =>
  definitions.map((definition) => {
    const type = stringAt(definition, "type") ?? "string";
    const find = jsonPath(stringAt(definition, "jsonPath") ?? "");
    const format = stringAt(definition, "format");
    const description = stringAt(definition, "description");
    return {
      name: stringAt(definition, "name") ?? "",
      type: types.has(type) ? (type as Column["type"]) : "string",
      ...(format !== undefined && { format }),
      ...(description !== undefined && { description }),
      priority: numberAt(definition, "priority") ?? 0,
      cell: (object: KubeObject, now: number) => cellOf(type, find(object), now),
    };
  });
