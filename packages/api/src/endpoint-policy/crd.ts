import type { KubeObject } from "../object.ts";
import { crdOf } from "../schema/index.ts";
import { longestPolicyName } from "./names.ts";
import { endpointPolicySpec, endpointPolicyStatus } from "./schema.ts";

/** The CustomResourceDefinition of EndpointPolicy, as the chart ships it. */
export const endpointPolicyCrd: KubeObject = crdOf({
  group: "endpointscaler.io",
  scope: "Namespaced",
  names: {
    kind: "EndpointPolicy",
    plural: "endpointpolicies",
    // Not `ep`: kubectl takes that for core Endpoints.
    shortNames: ["epol"],
  },
  columns: [
    { name: "App", type: "string", jsonPath: ".spec.appRef.name" },
    { name: "Endpoints", type: "integer", jsonPath: ".status.endpointCount" },
    { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  metadata: { type: "object", properties: { name: { type: "string", maxLength: longestPolicyName } } },
  spec: endpointPolicySpec,
  status: endpointPolicyStatus,
});
