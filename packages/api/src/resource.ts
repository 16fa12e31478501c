/** What the API server calls a kind in its paths, and whether its objects live in namespaces. */
export interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const namespaced = (apiVersion: string, kind: string, plural: string): ResourceType => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
});
const clusterScoped = (apiVersion: string, kind: string, plural: string): ResourceType => ({
  apiVersion,
  kind,
  plural,
  namespaced: false,
});

const gateway = "gateway.networking.k8s.io/v1";

/** The kinds that the built-in controllers read or write. Anything else is found by discovery. */
export const resourceTypes = {
  Namespace: clusterScoped("v1", "Namespace", "namespaces"),
  Pod: namespaced("v1", "Pod", "pods"),
  Service: namespaced("v1", "Service", "services"),
  Event: namespaced("v1", "Event", "events"),
  Deployment: namespaced("apps/v1", "Deployment", "deployments"),
  HorizontalPodAutoscaler: namespaced("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
  PodDisruptionBudget: namespaced("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  EndpointSlice: namespaced("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
  Lease: namespaced("coordination.k8s.io/v1", "Lease", "leases"),
  GatewayClass: clusterScoped(gateway, "GatewayClass", "gatewayclasses"),
  Gateway: namespaced(gateway, "Gateway", "gateways"),
  HTTPRoute: namespaced(gateway, "HTTPRoute", "httproutes"),
  GRPCRoute: namespaced(gateway, "GRPCRoute", "grpcroutes"),
  ReferenceGrant: namespaced("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", "referencegrants"),
  Operator: clusterScoped("dcontroller.io/v1alpha1", "Operator", "operators"),
  EndpointPolicy: namespaced("endpointscaler.io/v1alpha1", "EndpointPolicy", "endpointpolicies"),
} as const satisfies Record<string, ResourceType>;
