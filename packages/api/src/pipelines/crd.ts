import type { KubeObject } from "../object.ts";
import { crdOf } from "../schema/index.ts";
import { operatorSpec, operatorStatus } from "./schema.ts";

/** The CustomResourceDefinition of Operator, as the chart ships it. */
export const operatorCrd: KubeObject = crdOf({
  group: "dcontroller.io",
  scope: "Cluster",
  names: {
    kind: "Operator",
    plural: "operators",
    // The plural alone is also that of the Operator Lifecycle Manager.
    shortNames: ["dop"],
    categories: ["dcontroller"],
  },
  columns: [
    { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: "Controllers", type: "string", jsonPath: ".status.running" },
    { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason', priority: 1 },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  spec: operatorSpec,
  status: operatorStatus,
});
