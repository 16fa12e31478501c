import type { KubeObject } from "@headgate/api";

/** The group of the kinds that the stories define. */
export const group = "stories.example.com";
export const apiVersion = `${group}/v1`;

/** A kind of that group, whose objects hold whatever they like. */
export function kind(
  name: string,
  {
    scope = "Namespaced",
    status = true,
  }: { readonly scope?: "Namespaced" | "Cluster"; readonly status?: boolean } = {},
): KubeObject {
  const singular = name.toLowerCase();
  const plural = `${singular}s`;
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const openAPIV3Schema = { type: "object", properties: { spec: anything, status: anything } };
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind: name, listKind: `${name}List`, plural, singular },
      versions: [{ ...version, ...(status && { subresources: { status: {} } }) }],
    },
  };
}

/** `Toy` keeps its status apart, `Note` does not, `Shelf` is in no namespace. */
export const kinds: readonly KubeObject[] = [
  kind("Toy"),
  kind("Note", { status: false }),
  kind("Shelf", { scope: "Cluster" }),
];
