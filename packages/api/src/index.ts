export { fieldManager } from "./desired.ts";
export type { Action, Desired, DesiredStatus, Notice, Observed } from "./desired.ts";
export {
  endpointLabel,
  endpointNames,
  endpointPolicyApiVersion,
  endpointPoliciesController,
  endpointPolicyCrd,
  endpointPolicyFinalizer,
  endpointPolicyManager,
  guardVariable,
  mainServiceName,
  parseEndpointPolicy,
  policyLabel,
  policyNamespaceLabel,
  policyUidLabel,
} from "./endpoint-policy/index.ts";
export type {
  AppRef,
  Endpoint,
  EndpointHpa,
  EndpointMatch,
  HeaderMatch,
  EndpointNames,
  EndpointPolicy,
  EndpointResources,
  GatewayRef,
} from "./endpoint-policy/index.ts";
export { catalogue, OpError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export { hash } from "./hash.ts";
export { groupOf, identityKey, nameKey, refOf } from "./object.ts";
export type { Json, KubeObject, ObjectMeta, ObjectRef, OwnerReference } from "./object.ts";
export {
  controllerLabel,
  operatorApiVersion,
  operatorCrd,
  operatorFinalizer,
  operatorLabel,
  operatorSpec,
  parseOperatorResource,
  pipelinesController,
  pipelinesManager,
  writtenAnnotation,
} from "./pipelines/index.ts";
export type { ControllerSpec, OperatorResource } from "./pipelines/index.ts";
export {
  annotationField,
  annotationPrefix,
  childName,
  defaultPodRouteSettings,
  enabledLabel,
  instanceLabel,
  leanPod,
  managedByLabel,
  managedByValue,
  parsePodRouteSettings,
  parseRoutedPod,
  podRouteAnnotations,
  podRoutesController,
  routeWanted,
  sliceManager,
} from "./pod-routes/index.ts";
export type { PodAddress, PodRouteSettings, RoutedPod } from "./pod-routes/index.ts";
export { nearest } from "./nearest.ts";
export { quantity } from "./quantity.ts";
export type { Parsed, Refusal, Refused } from "./refusal.ts";
export { resourceTypes } from "./resource.ts";
export type { ResourceType } from "./resource.ts";
export { faultText, schemaFaults, withDefaults } from "./schema/index.ts";
export type { Schema } from "./schema/index.ts";
export {
  ipFamily,
  isDnsLabel,
  isDnsSubdomain,
  isLabelValue,
  isPort,
  isPortName,
  isServiceName,
  quote,
} from "./syntax.ts";
export type { IpFamily } from "./syntax.ts";
