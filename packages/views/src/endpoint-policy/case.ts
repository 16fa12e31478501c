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
  /** It takes requests, or its Gateway knows it well enough for that. */
  readonly open: boolean;
  /** It takes requests, and its Gateway has accepted it. */
  readonly serving: boolean;
  /** An autoscaler of the endpoint is there. */
  readonly autoscaled: boolean;
  /** The application's Service; undefined: it is not there. */
  readonly mainPorts: readonly number[] | undefined;
  /** What another endpoint has that this one wants as well: its name, then nothing is made, or its match, then no route. */
  readonly conflict: { readonly over: "name" | "match"; readonly message: string } | undefined;
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

/** The kinds that an endpoint's children may have: those of one list side by side, each list after those that it builds on. */
export const endpointPolicyOrder = [
  ["Deployment", "Service", "ReferenceGrant"],
  ["HorizontalPodAutoscaler", "PodDisruptionBudget"],
  ["HTTPRoute", "GRPCRoute"],
] as const;

export const endpointPolicyKinds = endpointPolicyOrder.flat();
