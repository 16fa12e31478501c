import { badRequest } from "../http/api-error.ts";
import type { JsonObject } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Column, Resource } from "../kinds/resource.ts";
import { ageColumn } from "./age.ts";

const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name must be unique within a namespace.",
  priority: 0,
  cell: (object) => object.metadata.name,
};

interface TableView {
  readonly resource: Resource;
  readonly query: URLSearchParams;
  readonly now: number;
}

const included = (object: KubeObject, include: string | null): JsonObject => {
  if (include === "Object") return object;
  if (include !== null && include !== "" && include !== "Metadata")
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(include)}`);
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
};

/** The table that `kubectl get` prints. */
export const tableOf = (objects: readonly KubeObject[], { resource, query, now }: TableView): JsonObject => {
  const own = resource.columns.length > 0 ? resource.columns : [ageColumn];
  const columns = own.some(({ name }) => name === "Name") ? own : [nameColumn, ...own];
  const include = query.get("includeObject");
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: objects.at(-1)?.metadata.resourceVersion ?? "" },
    columnDefinitions: columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format: format ?? "",
      description: description ?? "",
      priority,
    })),
    rows: objects.map((object) => {
      const cells = columns.map((column) => column.cell(object, now));
      return { cells, object: include === "None" ? null : included(object, include) };
    }),
  };
};
