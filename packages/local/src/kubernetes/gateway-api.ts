import { type ClusterAccess, connectApi } from "../client/api.ts";
import { type Resource, resourcePath, resources } from "../client/resource.ts";
import { gatewayApiCrds } from "../schema/index.ts";
import { eventually } from "./eventually.ts";

/** Gives a cluster the very kinds of Gateway API that the embedded one has from the start. Returns when they are served. */
export async function installGatewayApi(access: ClusterAccess): Promise<void> {
  const api = connectApi(access);
  try {
    for (const definition of gatewayApiCrds) {
      const { name } = definition.metadata;
      const fields = { fieldManager: "manifests", force: true };
      await api.apply(resources.customResourceDefinitions, { name }, definition, fields);
    }
    for (const { spec } of gatewayApiCrds) {
      const { group, names, versions } = spec;
      for (const { name: version } of versions) {
        const resource: Resource = { group, version, plural: names.plural, kind: names.kind, namespaced: false };
        const served = (): Promise<unknown> => api.request("GET", `${resourcePath(resource)}?limit=1`);
        await eventually(`${names.plural} to be served`, () => Promise.resolve(), served);
      }
    }
  } finally {
    await api.close();
  }
}
