export { endpointPolicyCrd } from "./crd.ts";
export {
  endpointLabel,
  endpointNames,
  endpointPolicyApiVersion,
  endpointPoliciesController,
  endpointPolicyFinalizer,
  endpointPolicyManager,
  guardVariable,
  mainServiceName,
  policyLabel,
  policyNamespaceLabel,
  policyUidLabel,
} from "./names.ts";
export type { EndpointNames } from "./names.ts";
export { parseEndpointPolicy } from "./parse.ts";
export type {
  AppRef,
  Endpoint,
  EndpointHpa,
  EndpointMatch,
  EndpointPolicy,
  EndpointResources,
  GatewayRef,
  HeaderMatch,
} from "./types.ts";
