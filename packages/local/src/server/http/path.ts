import type { Registry } from "../kinds/registry.ts";
import type { Resource } from "../kinds/resource.ts";

export interface Target {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** The resource that a path is about; `undefined` when there is none. `/api/v1/namespaces/x/pods/y/log` has every part. */
export const targetOf = ([root, ...rest]: readonly string[], registry: Registry): Target | undefined => {
  if (root !== "api" && root !== "apis") return undefined;
  const [group, version, ...path] = root === "api" ? ["", ...rest] : rest;
  return group === undefined || version === undefined
    ? undefined
    : within(path, (plural) => registry.find(group, version, plural));
};

const namespaceParts = new Set([undefined, "status", "finalize"]);

const within = (path: readonly string[], find: (plural: string) => Resource | undefined): Target | undefined => {
  const [first = "", second, third, ...deeper] = path;
  // /namespaces/x/status is a subresource of the namespace, /namespaces/x/pods a resource within it.
  if (first === "namespaces" && second !== undefined && third !== undefined && !namespaceParts.has(third)) {
    const resource = find(third);
    const [name, subresource, ...beyond] = deeper;
    return resource?.namespaced && beyond.length === 0 ? { resource, namespace: second, name, subresource } : undefined;
  }
  const resource = find(first);
  if (!resource || deeper.length > 0 || (resource.namespaced && second !== undefined)) return undefined;
  return { resource, namespace: undefined, name: second, subresource: third };
};
