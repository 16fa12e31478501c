import type { ViewKind } from "./kinds.ts";
import { acceptedTypes } from "./render.ts";

const verbs = ["get", "list", "watch"];
const aggregated = "apidiscovery.k8s.io";

/** A document, and its media type where that is not plain JSON. */
export interface Document {
  readonly body: object;
  readonly contentType?: string;
}

/** The discovery document of a path, by its segments; undefined for one that has none. */
export function discovery(
  [root, group, version, ...deeper]: readonly string[],
  kinds: readonly ViewKind[],
  accept: string | undefined,
): Document | undefined {
  if (deeper.length > 0 || (root !== "api" && root !== "apis")) return undefined;
  if (root === "apis" && group !== undefined) return within(group, version, kinds);
  if (group !== undefined) return undefined;
  const asked = acceptedTypes(accept).find((type) => type.get("g") === aggregated || type.get("as") === undefined);
  const form = asked?.get("v");
  if (asked?.get("as") === "APIGroupDiscoveryList" && (form === "v2" || form === "v2beta1")) {
    return {
      body: {
        kind: "APIGroupDiscoveryList",
        apiVersion: `${aggregated}/${form}`,
        metadata: {},
        items: root === "api" ? [] : groupsOf(kinds).map((name) => discovered(name, kinds)),
      },
      contentType: `application/json;g=${aggregated};v=${form};as=APIGroupDiscoveryList`,
    };
  }
  // There are no views in the core group.
  if (root === "api") return { body: { kind: "APIVersions", versions: [], serverAddressByClientCIDRs: [] } };
  const groups = groupsOf(kinds).map((name) => groupObject(name, kinds));
  return { body: { kind: "APIGroupList", apiVersion: "v1", groups } };
}

function within(group: string, version: string | undefined, kinds: readonly ViewKind[]): Document | undefined {
  const members = kinds.filter((kind) => kind.group === group);
  if (members.length === 0) return undefined;
  if (version === undefined) return { body: { kind: "APIGroup", apiVersion: "v1", ...groupObject(group, kinds) } };
  const listed = members.filter((kind) => kind.version === version);
  if (listed.length === 0) return undefined;
  const resources = listed.map(({ kind, resource }) => ({
    name: resource,
    singularName: resource,
    namespaced: true,
    kind,
    verbs,
  }));
  return {
    body: { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${group}/${version}`, resources },
  };
}

function groupsOf(kinds: readonly ViewKind[]): readonly string[] {
  return [...new Set(kinds.map(({ group }) => group))];
}

function versionsOf(group: string, kinds: readonly ViewKind[]): readonly string[] {
  return [...new Set(kinds.filter((kind) => kind.group === group).map(({ version }) => version))];
}

function groupObject(group: string, kinds: readonly ViewKind[]): object {
  const versions = versionsOf(group, kinds).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function discovered(group: string, kinds: readonly ViewKind[]): object {
  const versions = versionsOf(group, kinds).map((version) => ({
    version,
    freshness: "Current",
    resources: kinds
      .filter((kind) => kind.group === group && kind.version === version)
      .map(({ kind, resource }) => ({
        resource,
        responseKind: { group, version, kind },
        scope: "Namespaced",
        singularResource: resource,
        verbs,
      })),
  }));
  return { metadata: { name: group, creationTimestamp: null }, versions };
}
