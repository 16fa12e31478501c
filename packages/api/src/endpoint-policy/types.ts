import type { Json, ObjectRef } from "../object.ts";

/** A valid EndpointPolicy, with its defaults filled in. */
export interface EndpointPolicy {
  readonly policy: ObjectRef & { readonly namespace: string; readonly uid: string };
  readonly created: string;
  /** Deletion has begun. */
  readonly deleting: boolean;
  /** It bears our finalizer. */
  readonly held: boolean;
  readonly app: AppRef;
  readonly gateway: GatewayRef;
  /** In the order of the spec. */
  readonly endpoints: readonly Endpoint[];
}

export interface AppRef {
  readonly name: string;
  readonly namespace: string;
  /** Of the application's own Service. */
  readonly port: number;
}

export interface GatewayRef {
  readonly name: string;
  readonly namespace: string;
  readonly sectionName: string | undefined;
}

export interface Endpoint {
  readonly id: string;
  readonly type: "http" | "grpc";
  readonly match: EndpointMatch;
  /** Per cent of the traffic: 100 for a primary one. */
  readonly weight: number;
  readonly strategy: "primary" | "canary";
  readonly image: string;
  readonly port: number;
  readonly containerPort: number;
  /** Empty: every host of the Gateway. */
  readonly hostnames: readonly string[];
  readonly resources: EndpointResources | undefined;
  readonly hpa: EndpointHpa | undefined;
  /** Without an autoscaler. */
  readonly replicas: number;
  readonly timeouts: EndpointTimeouts | undefined;
  readonly rewritePrefix: string | undefined;
  readonly sessionPersistence: { readonly [field: string]: Json } | undefined;
  readonly podDisruptionBudget: { readonly [field: string]: Json } | undefined;
  readonly podTemplate: { readonly [field: string]: Json } | undefined;
}

export interface EndpointMatch {
  readonly path?: string;
  readonly pathType?: "PathPrefix" | "Exact";
  readonly methods?: readonly string[];
  readonly service?: string;
  readonly method?: string;
  readonly headers?: readonly HeaderMatch[];
}

export interface HeaderMatch {
  readonly name: string;
  readonly value: string;
  readonly type: "Exact" | "RegularExpression";
}

export interface EndpointResources {
  readonly cpuLimit?: string;
  readonly cpuRequest?: string;
  readonly memLimit?: string;
  readonly memRequest?: string;
}

/** Gateway API durations. */
export interface EndpointTimeouts {
  readonly request?: string;
  readonly backendRequest?: string;
}

export interface EndpointHpa {
  /** As asked for: 0 is not served yet. */
  readonly min: number;
  readonly max: number;
  readonly cpuTarget?: number;
  readonly memoryTarget?: number;
  readonly behavior?: { readonly [field: string]: Json };
}

/** `spec` as the schema has it, defaults filled in. */
export interface EndpointPolicySpec {
  readonly appRef: {
    readonly name: string;
    readonly namespace?: string;
    readonly port: number;
    readonly containerPort: number;
    readonly image: string;
  };
  readonly gatewayRef: {
    readonly name: string;
    readonly namespace?: string;
    readonly hostname?: string;
    readonly hostnames?: readonly string[];
    readonly sectionName?: string;
  };
  readonly endpoints: readonly EndpointSpec[];
}

export interface EndpointSpec {
  readonly id: string;
  readonly type: "http" | "grpc";
  readonly match: EndpointMatch;
  readonly strategy: "primary" | "canary";
  readonly canaryWeight: number;
  readonly resources?: EndpointResources;
  readonly hpa?: EndpointHpa;
  readonly replicas: number;
  readonly image?: string;
  readonly port?: number;
  readonly containerPort?: number;
  readonly hostnames?: readonly string[];
  readonly timeouts?: EndpointTimeouts;
  readonly rewritePrefix?: string;
  readonly sessionPersistence?: { readonly [field: string]: Json };
  readonly podDisruptionBudget?: { readonly [field: string]: Json };
  readonly podTemplate?: { readonly [field: string]: Json };
}
