import type { JsonObject } from "../json/json.ts";
import { apiVersionOf, type Resource } from "../kinds/resource.ts";

const mainVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const subVerbs = ["get", "patch", "update"];

interface Sub {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly group: string;
  readonly version: string;
}

const actionKinds: Readonly<Record<string, Pick<Sub, "kind" | "verbs" | "group" | "version">>> = {
  binding: { kind: "Binding", verbs: ["create"], group: "", version: "v1" },
  eviction: { kind: "Eviction", verbs: ["create"], group: "policy", version: "v1" },
  log: { kind: "Pod", verbs: ["get"], group: "", version: "v1" },
  finalize: { kind: "Namespace", verbs: ["update"], group: "", version: "v1" },
};

const subresourcesOf = ({ group, version, kind, status, scale, actions }: Resource): Sub[] => [
  ...actions.flatMap((name) => {
    const action = actionKinds[name];
    return action ? [{ name, ...action }] : [];
  }),
  ...(scale ? [{ name: "scale", kind: "Scale", verbs: subVerbs, group: "autoscaling", version: "v1" }] : []),
  ...(status ? [{ name: "status", kind, verbs: subVerbs, group, version }] : []),
];

const legacyResources = (resource: Resource): JsonObject[] => [
  {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: [...mainVerbs],
    ...(resource.shortNames.length > 0 && { shortNames: [...resource.shortNames] }),
    ...(resource.categories.length > 0 && { categories: [...resource.categories] }),
  },
  ...subresourcesOf(resource).map(({ name, kind, verbs, group, version }) => ({
    name: `${resource.plural}/${name}`,
    singularName: "",
    namespaced: resource.namespaced,
    ...((group !== resource.group || version !== resource.version) && { group, version }),
    kind,
    verbs: [...verbs],
  })),
];

const aggregated = (resource: Resource): JsonObject => {
  const { group, version, kind } = resource;
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: [...mainVerbs],
    ...(resource.shortNames.length > 0 && { shortNames: [...resource.shortNames] }),
    ...(resource.categories.length > 0 && { categories: [...resource.categories] }),
    subresources: subresourcesOf(resource).map((sub) => ({
      subresource: sub.name,
      responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
      verbs: [...sub.verbs],
    })),
  };
};

/** v1 before v1beta1 before v1alpha2. */
const byVersion = (a: string, b: string): number => {
  const parts = (version: string): readonly number[] => {
    const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!found) return [-1, 0, 0];
    return [found[2] === undefined ? 2 : found[2] === "beta" ? 1 : 0, Number(found[1]), Number(found[3] ?? 0)];
  };
  const [left, right] = [parts(a), parts(b)];
  const difference = left.map((part, index) => (right[index] ?? 0) - part).find((part) => part !== 0);
  return difference ?? a.localeCompare(b);
};

const versionsOf = (resources: readonly Resource[]): (readonly [string, readonly Resource[]])[] =>
  [...Map.groupBy(resources, ({ version }) => version)].sort(([a], [b]) => byVersion(a, b));

const groupsOf = (all: readonly Resource[]): (readonly [string, readonly Resource[]])[] => [
  ...Map.groupBy(
    all.filter(({ group }) => group !== ""),
    ({ group }) => group,
  ),
];

const groupObject = (group: string, resources: readonly Resource[]): JsonObject => {
  const versions = versionsOf(resources).map(([version]) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, ...(versions[0] && { preferredVersion: versions[0] }) };
};

/** The document of a discovery path, or `undefined` for a path that isn't one. `aggregate`: the client reads the v2 form. */
export const discovery = (
  path: readonly string[],
  all: readonly Resource[],
  aggregate: boolean,
): JsonObject | undefined => {
  const [root, group, version, ...deeper] = path;
  if (deeper.length > 0 || (root !== "api" && root !== "apis")) return undefined;
  if (root === "api") return version === undefined ? coreDiscovery(group, all, aggregate) : undefined;
  if (group === undefined) {
    const groups = groupsOf(all);
    if (aggregate) return aggregatedList(groups);
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: groups.map(([name, resources]) => groupObject(name, resources)),
    };
  }
  const members = all.filter((resource) => resource.group === group);
  if (members.length === 0) return undefined;
  if (version === undefined) return { kind: "APIGroup", apiVersion: "v1", ...groupObject(group, members) };
  return resourceList(members.filter((resource) => resource.version === version));
};

const coreDiscovery = (
  version: string | undefined,
  all: readonly Resource[],
  aggregate: boolean,
): JsonObject | undefined => {
  const core = all.filter(({ group }) => group === "");
  if (version !== undefined) return resourceList(core.filter((resource) => resource.version === version));
  return aggregate
    ? aggregatedList([["", core]])
    : { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
};

const resourceList = (resources: readonly Resource[]): JsonObject | undefined => {
  const [first] = resources;
  if (!first) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf(first),
    resources: resources.flatMap(legacyResources),
  };
};

const aggregatedList = (groups: readonly (readonly [string, readonly Resource[]])[]): JsonObject => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  metadata: {},
  items: groups.map(([name, resources]) => ({
    metadata: name === "" ? {} : { name },
    versions: versionsOf(resources).map(([version, members]) => ({
      version,
      resources: members.map(aggregated),
      freshness: "Current",
    })),
  })),
});
