import { badRequest } from "./failure.ts";

/** What a request is about. */
export type Target =
  | { readonly is: "document"; readonly path: string; readonly segments: readonly string[] }
  | {
      readonly is: "resource";
      readonly group: string;
      readonly version: string;
      readonly resource: string;
      /** Undefined: all of them. */
      readonly namespace: string | undefined;
      /** Undefined: the collection. */
      readonly name: string | undefined;
    };

/** Reads a path. Undefined for one that can be about nothing here; throws 400 for one that is not well encoded. */
export function targetOf(path: string): Target | undefined {
  const segments = decoded(path);
  const [root, group, version, ...rest] = segments;
  if (root !== "apis" || group === undefined || version === undefined || rest.length === 0) {
    return { is: "document", path, segments };
  }
  const inNamespace = rest[0] === "namespaces" && rest.length > 2;
  const [resource = "", name, ...deeper] = inNamespace ? rest.slice(2) : rest;
  // Views have no subresources.
  if (deeper.length > 0) return undefined;
  return { is: "resource", group, version, resource, namespace: inNamespace ? rest[1] : undefined, name };
}

function decoded(path: string): readonly string[] {
  try {
    return path
      .split("/")
      .filter((segment) => segment !== "")
      .map(decodeURIComponent);
  } catch {
    throw badRequest("the path is not well encoded");
  }
}
