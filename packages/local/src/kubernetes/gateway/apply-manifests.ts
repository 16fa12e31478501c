import type { Api } from "../../client/api.ts";
import type { KubeObject } from "../../client/object.ts";
import { type Resource, apiVersionOf, resourcePath, resources } from "../../client/resource.ts";
import { eventually } from "../eventually.ts";

/**
 * Applies objects: definitions of custom resources first and all at once, then the rest in its order. Returns when the custom
 * resources are served. What is there already is brought to what the objects say.
 */
export async function applyManifests(api: Api, objects: readonly KubeObject[]): Promise<void> {
  const kinds = new Map<string, Promise<readonly Resource[]>>();
  const definitions = objects.filter(isDefinition);
  await Promise.all(definitions.map((object) => applied(api, kinds, object)));
  for (const object of objects.filter((one) => !isDefinition(one))) await applied(api, kinds, object);
  for (const object of definitions) await established(api, object);
}

async function resourceOf(
  api: Api,
  kinds: Map<string, Promise<readonly Resource[]>>,
  { apiVersion, kind }: KubeObject,
): Promise<Resource> {
  const known = kinds.get(apiVersion) ?? served(api, apiVersion);
  kinds.set(apiVersion, known);
  const resource = (await known).find((one) => one.kind === kind);
  if (resource === undefined) throw new Error(`the API server knows no ${kind} of ${apiVersion}`);
  return resource;
}

async function served(api: Api, apiVersion: string): Promise<readonly Resource[]> {
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const { resources: list } = (await api.request("GET", `/${group === "" ? "api" : "apis"}/${apiVersion}`)) as {
    readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
  };
  return list
    .filter(({ name }) => !name.includes("/"))
    .map(({ name, kind, namespaced }) => ({ group, version, plural: name, kind, namespaced }));
}

interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

function isDefinition(object: KubeObject): object is Definition {
  return object.kind === resources.customResourceDefinitions.kind;
}

async function applied(api: Api, kinds: Map<string, Promise<readonly Resource[]>>, object: KubeObject): Promise<void> {
  const { namespace, name } = object.metadata;
  const resource = await resourceOf(api, kinds, object);
  await api.apply(resource, { namespace, name }, object, { fieldManager: "manifests", force: true });
}

async function established(api: Api, { spec }: Definition): Promise<void> {
  const { group, names, versions } = spec;
  for (const { name: version } of versions.filter((one) => one.served)) {
    const resource: Resource = { group, version, plural: names.plural, kind: names.kind, namespaced: false };
    const path = `${resourcePath(resource)}?limit=1`;
    await eventually(
      apiVersionOf(resource),
      () => Promise.resolve(),
      () => api.request("GET", path),
    );
  }
}
