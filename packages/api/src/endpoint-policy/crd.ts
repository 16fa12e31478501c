import type { KubeObject } from "../object.ts";
import { published } from "../schema/index.ts";
import { longestPolicyName } from "./names.ts";
import { endpointPolicySpec, endpointPolicyStatus } from "./schema.ts";

/** The CustomResourceDefinition of EndpointPolicy, as the chart ships it. */
export const endpointPolicyCrd: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "endpointpolicies.endpointscaler.io" },
  spec: {
    group: "endpointscaler.io",
    scope: "Namespaced",
    names: {
      kind: "EndpointPolicy",
      listKind: "EndpointPolicyList",
      plural: "endpointpolicies",
      singular: "endpointpolicy",
      // Not `ep`: kubectl takes that for core Endpoints.
      shortNames: ["epol"],
    },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: "App", type: "string", jsonPath: ".spec.appRef.name" },
          { name: "Endpoints", type: "integer", jsonPath: ".status.endpointCount" },
          { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              apiVersion: { type: "string" },
              kind: { type: "string" },
              metadata: { type: "object", properties: { name: { type: "string", maxLength: longestPolicyName } } },
              spec: published(endpointPolicySpec),
              status: published(endpointPolicyStatus),
            },
          },
        },
      },
    ],
  },
};
