import type { Api } from "./api.ts";
import { hasStatus } from "./api.ts";
import type { Resource } from "./resource.ts";

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly preferredVersion?: { readonly version: string };
    readonly versions: readonly { readonly version: string }[];
  }[];
}

/** Every kind that can be listed, watched and deleted, once, in its preferred version. */
export async function discoverResources(api: Api): Promise<Resource[]> {
  const found = await resourcesOf(api, "", "v1");
  const { groups } = (await api.request("GET", "/apis")) as GroupList;
  const served = groups.map(async ({ name, preferredVersion, versions }) => {
    const version = preferredVersion?.version ?? versions[0]?.version;
    return version === undefined ? [] : resourcesOf(api, name, version);
  });
  for (const list of await Promise.all(served)) found.push(...list);
  return found;
}

async function resourcesOf(api: Api, group: string, version: string): Promise<Resource[]> {
  try {
    const list = (await api.request(
      "GET",
      group === "" ? `/api/${version}` : `/apis/${group}/${version}`,
    )) as ResourceList;
    return list.resources
      .filter(
        ({ name, verbs }) => !name.includes("/") && ["list", "watch", "delete"].every((verb) => verbs.includes(verb)),
      )
      .map(({ name, kind, namespaced }) => ({ group, version, plural: name, kind, namespaced }));
  } catch (error) {
    // The group went between the two requests.
    if (hasStatus(error, 404)) return [];
    throw error;
  }
}
