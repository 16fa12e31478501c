import type { Json, KubeObject } from "../object.ts";
import { published } from "./schema.ts";
import type { Schema } from "./schema.ts";

/** What tells one kind of ours from another. */
export interface Kind {
  readonly group: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly names: { readonly kind: string; readonly plural: string; readonly [name: string]: Json };
  readonly columns: readonly Json[];
  /** The schema of `metadata`, where it says more than the API server does. */
  readonly metadata?: Json;
  readonly spec: Schema;
  readonly status: Schema;
}

/** The CustomResourceDefinition of a kind, in its only version, v1alpha1. */
export function crdOf({ group, scope, names, columns, metadata, spec, status }: Kind): KubeObject {
  const { kind, plural, ...more } = names;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), ...more },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["spec"],
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: metadata ?? { type: "object" },
                spec: published(spec),
                status: published(status),
              },
            },
          },
        },
      ],
    },
  };
}
