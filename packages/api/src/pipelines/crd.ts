import type { KubeObject } from "../object.ts";
import { published } from "../schema/index.ts";
import { operatorSpec, operatorStatus } from "./schema.ts";

/** The CustomResourceDefinition of Operator, as the chart ships it. */
export const operatorCrd: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "operators.dcontroller.io" },
  spec: {
    group: "dcontroller.io",
    scope: "Cluster",
    names: {
      kind: "Operator",
      listKind: "OperatorList",
      plural: "operators",
      singular: "operator",
      // The plural alone is also that of the Operator Lifecycle Manager.
      shortNames: ["dop"],
      categories: ["dcontroller"],
    },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: "Controllers", type: "string", jsonPath: ".status.running" },
          { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason', priority: 1 },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              apiVersion: { type: "string" },
              kind: { type: "string" },
              metadata: { type: "object" },
              spec: published(operatorSpec),
              status: published(operatorStatus),
            },
          },
        },
      },
    ],
  },
};
