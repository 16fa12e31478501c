import type { ObjectRef } from "@headgate/api";
import { expect, vi } from "vitest";
import { patience } from "../world.ts";
import type { World } from "../world.ts";

/** A controller that makes a ConfigMap `<name>-<suffix>` of each object of its source, with this data. */
export function copier(
  suffix: string,
  source: object,
  data: unknown,
  namespace: unknown = "$.metadata.namespace",
): object {
  return {
    name: suffix,
    sources: [source],
    pipeline: { "@project": { metadata: { name: { "@concat": ["$.metadata.name", `-${suffix}`] }, namespace }, data } },
    target: { apiGroup: "", kind: "ConfigMap" },
  };
}

/** Of what is to be taken. */
export const labels = { take: "yes" };

/** A controller that writes these fields on the ConfigMap `theirs`, or on another kind of that name. */
export function patcher(name: string, source: object, fields: object, kind = "ConfigMap"): object {
  return {
    name,
    sources: [source],
    pipeline: { "@project": { metadata: { name: "theirs", namespace: "$.metadata.namespace" }, ...fields } },
    target: { apiGroup: "", kind, type: "Patcher" },
  };
}

export async function dataOf({ client }: World, ref: ObjectRef): Promise<unknown> {
  return (await client.get(ref))["data"];
}

/** Waits until what it gives is that. */
export async function becomes(expected: unknown, look: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(async () => {
    expect(await look()).toEqual(expected);
  }, patience);
}

/** The names of the ConfigMaps in a namespace that pipelines made, in order. */
export async function made({ client, namespace }: World, inside = namespace): Promise<readonly string[]> {
  const type = await client.discover("v1", "ConfigMap");
  const { items } = await client.list(type, {
    namespace: inside,
    labelSelector: "app.kubernetes.io/managed-by=headgate-pipelines",
  });
  return items.map(({ metadata }) => metadata.name).toSorted();
}
