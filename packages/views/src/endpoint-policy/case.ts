import type { Endpoint, EndpointPolicy } from "@headgate/api";

/** Everything that the children of one endpoint depend on. */
export interface EndpointCase {
  readonly policy: EndpointPolicy;
  readonly endpoint: Endpoint;
  /** Place in the spec, which the status keeps. */
  readonly index: number;
  /** The pod template of the application's own Deployment; undefined without such a Deployment. */
  readonly model: PodTemplate | undefined;
  readonly workload: WorkloadState;
  /** The route of the wanted kind exists and is ours. */
  readonly routed: boolean;
  /** The application's Service; undefined: it is not there. */
  readonly mainPorts: readonly number[] | undefined;
  /** Why the endpoint gets no route although it could be served. */
  readonly conflict: string | undefined;
  /** Whether the application's namespace lets policies of this one make workloads there. */
  readonly admitted: boolean;
}

/** As far as we read one; the rest is passed on as it is. */
export interface PodTemplate {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What the endpoint's own Deployment is like now. */
export interface WorkloadState {
  /** At least one replica could serve. */
  readonly available: boolean;
  /** Why not all that are wanted are available, in the Deployment's own words. */
  readonly complaint: string | undefined;
  /** The replicas that we applied last; undefined: none. */
  readonly appliedReplicas: string | undefined;
  /** Someone else has set the replicas since. */
  readonly scaledByOthers: boolean;
}

/** What the route of an endpoint leads to. */
export function routeKindOf(endpoint: Endpoint): "HTTPRoute" | "GRPCRoute" {
  return endpoint.type === "grpc" ? "GRPCRoute" : "HTTPRoute";
}

/** The objects that a policy's endpoints may have, each kind after those that it builds on. */
export const endpointPolicyKinds = [
  "Deployment",
  "Service",
  "ReferenceGrant",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "HTTPRoute",
  "GRPCRoute",
] as const;
