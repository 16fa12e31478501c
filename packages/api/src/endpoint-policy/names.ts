/** The controller's short name: its field manager is `headgate/endpoint-policy`. */
export const endpointPoliciesController = "endpoint-policy";

export const endpointPolicyApiVersion = "endpointscaler.io/v1alpha1";

/** Tells a process which endpoint it is meant to serve. */
export const guardVariable = "ENDPOINTSCALER_GUARDRAIL";

/** The value of `app.kubernetes.io/managed-by` on every child. */
export const endpointPolicyManager = "endpoint-scaler";

export const policyLabel = "endpointscaler.io/policy";
export const endpointLabel = "endpointscaler.io/endpoint";

/** On children in another namespace than their policy's, which no owner reference can name: the policy's namespace and its uid. */
export const policyNamespaceLabel = "endpointscaler.io/policy-namespace";
export const policyUidLabel = "endpointscaler.io/policy-uid";

/** Held while a policy has children that the cluster's own garbage collection does not reach. */
export const endpointPolicyFinalizer = "endpointscaler.io/finalizer";

/** The names of what one endpoint is given. */
export interface EndpointNames {
  /** Of the Deployment, the route, the HorizontalPodAutoscaler and the PodDisruptionBudget. */
  readonly workload: string;
  readonly service: string;
}

export function endpointNames(app: string, endpoint: string): EndpointNames {
  return { workload: `${app}-${endpoint}`, service: `${app}-${endpoint}-svc` };
}

/** The Service of the whole application, which a canary shares its traffic with. */
export function mainServiceName(app: string): string {
  return `${app}-svc`;
}

/** `<app>-<endpoint>-svc` is a Service name, so at most 63 characters: what app and endpoint may have together. */
export const longestNames = 63 - "--svc".length;

/** A policy's children bear its name as the value of a label. */
export const longestPolicyName = 63;
