import type { JsonObject } from "../json/json.ts";
import type { Resource } from "../kinds/resource.ts";

const groupPath = ({ group, version }: Resource): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

const queryParameters: JsonObject[] = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string", uniqueItems: true },
}));

const operation = (resource: Resource, action: string, contentTypes: readonly string[]): JsonObject => ({
  "x-kubernetes-action": action,
  "x-kubernetes-group-version-kind": { group: resource.group, version: resource.version, kind: resource.kind },
  parameters: queryParameters,
  requestBody: { content: Object.fromEntries(contentTypes.map((type) => [type, {}])) },
  responses: { "200": { description: "OK" } },
});

const pathsOf = (resource: Resource): JsonObject => {
  const collection = `/${groupPath(resource)}/${resource.namespaced ? "namespaces/{namespace}/" : ""}${resource.plural}`;
  return {
    [collection]: { post: operation(resource, "post", ["application/json"]) },
    [`${collection}/{name}`]: {
      put: operation(resource, "put", ["application/json"]),
      // Without the strategic type kubectl takes the merge keys of the built-in kinds from its own types.
      patch: operation(resource, "patch", [
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/apply-patch+yaml",
      ]),
    },
  };
};

const documentOf = (resources: readonly Resource[]): JsonObject => {
  const paths = Object.assign({}, ...resources.map(pathsOf)) as JsonObject;
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "unversioned" },
    paths,
    components: { schemas: {} },
  };
};

/**
 * OpenAPI v3 with the operations and the parameters that they take: what kubectl reads to learn that the server
 * validates fields and knows dry runs. The schemas of the kinds are not published.
 */
export const openApi = (path: string, all: readonly Resource[]): JsonObject | undefined => {
  const documents = [...Map.groupBy(all, groupPath)];
  if (path === "") {
    const roots = documents.map(([name]) => [name, { serverRelativeURL: `/openapi/v3/${name}` }] as const);
    return { paths: Object.fromEntries(roots) };
  }
  const members = all.filter((resource) => groupPath(resource) === path);
  return members.length === 0 ? undefined : documentOf(members);
};
