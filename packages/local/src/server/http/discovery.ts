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
  log: { kind: "Pod", verbs: ["get"], group: "", version: "v1" },
  token: { kind: "TokenRequest", verbs: ["create"], group: "authentication.k8s.io", version: "v1" },
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

const listed = (resource: Resource): JsonObject[] => [
  {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.review ? ["create"] : [...mainVerbs],
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

const groupObject = (group: string, resources: readonly Resource[]): JsonObject => {
  const names = [...new Set(resources.map(({ version }) => version))].sort(byVersion);
  const versions = names.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, ...(versions[0] && { preferredVersion: versions[0] }) };
};

const resourceList = (resources: readonly Resource[]): JsonObject | undefined => {
  const [first] = resources;
  if (!first) return undefined;
  const groupVersion = apiVersionOf(first);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: resources.flatMap(listed) };
};

/**
 * The document of a discovery path, or `undefined` for a path that isn't one. Clients that ask for the aggregated form
 * get this one, by its media type, and read it instead.
 */
export const discovery = (path: readonly string[], all: readonly Resource[]): JsonObject | undefined => {
  const [root, ...names] = path;
  if (root !== "api" && root !== "apis") return undefined;
  const [group, version, ...deeper] = root === "api" ? ["", ...names] : names;
  if (deeper.length > 0) return undefined;
  if (group === undefined) {
    const groups = Map.groupBy(all, (resource) => resource.group);
    groups.delete("");
    return { kind: "APIGroupList", apiVersion: "v1", groups: [...groups].map(([name, of]) => groupObject(name, of)) };
  }
  const members = all.filter((resource) => resource.group === group);
  if (version !== undefined) return resourceList(members.filter((resource) => resource.version === version));
  if (group === "") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  return members.length === 0 ? undefined : { kind: "APIGroup", apiVersion: "v1", ...groupObject(group, members) };
};
