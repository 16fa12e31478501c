import type { ResourceType } from "@headgate/api";
import { groupOf, OpError, resourceTypes } from "@headgate/api";
import type { Transport } from "./transport.ts";

const builtIn: ReadonlyMap<string, ResourceType> = new Map(
  Object.values(resourceTypes).map((type: ResourceType) => [`${type.apiVersion} ${type.kind}`, type]),
);

/** Finds the resource of a kind: built-in knowledge, then what was asked before, then the API server. Only finds are kept. */
export function discovery(wire: Transport): (apiVersion: string, kind: string) => Promise<ResourceType> {
  const found = new Map<string, ResourceType>(builtIn);
  return async (apiVersion, kind) => {
    const key = `${apiVersion} ${kind}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const root = groupOf(apiVersion) === "" ? "/api" : "/apis";
    const answer = await wire.send({ method: "GET", path: `${root}/${apiVersion}` });
    for (const resource of resourcesOf(answer)) {
      if (resource.kind !== kind) continue;
      const type = { apiVersion, kind, plural: resource.name, namespaced: resource.namespaced };
      found.set(key, type);
      return type;
    }
    throw new OpError("NOT_FOUND", `the API server serves no ${kind} in ${apiVersion}`);
  };
}

function resourcesOf(answer: unknown): { name: string; kind: string; namespaced: boolean }[] {
  const { resources } = (answer ?? {}) as { resources?: unknown };
  if (!Array.isArray(resources)) return [];
  return (resources as Partial<Record<string, unknown>>[]).flatMap(({ name, kind, namespaced }) =>
    // A name with a slash is a subresource; it can bear the kind of its parent.
    typeof name === "string" && !name.includes("/") && typeof kind === "string"
      ? [{ name, kind, namespaced: namespaced === true }]
      : [],
  );
}
