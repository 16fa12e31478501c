import type { KubeObject } from "@headgate/api";

export const gatewayClass: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: "headgate" },
  spec: { controllerName: "headgate.io/gateway-controller" },
};

export interface ListenerSpec {
  readonly name: string;
  readonly port: number;
  readonly hostname?: string;
  readonly protocol?: string;
}

export function gateway(listeners: readonly ListenerSpec[] = [{ name: "http", port: 80 }], name = "gw"): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name, namespace: "a", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { gatewayClassName: "headgate", listeners: listeners.map((l) => ({ protocol: "HTTP", ...l })) },
  };
}

export interface RouteSpec {
  readonly name?: string;
  readonly createdAt?: string;
  readonly hostnames?: readonly string[];
  readonly parent?: Readonly<Record<string, unknown>>;
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}

export function httpRoute({
  name = "route",
  createdAt = "2026-01-01T00:00:00Z",
  hostnames,
  parent,
  rules,
}: RouteSpec): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace: "a", creationTimestamp: createdAt },
    spec: { parentRefs: [parent ?? { name: "gw" }], ...(hostnames === undefined ? {} : { hostnames }), rules },
  };
}

export function grpcRoute({ rules }: Pick<RouteSpec, "rules">): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GRPCRoute",
    metadata: { name: "grpc-route", namespace: "a", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { parentRefs: [{ name: "gw" }], rules },
  };
}

/** A Service with one port 80, and the EndpointSlice that a controller would write for it. */
export function service(name: string, endpoints: readonly Endpoint[], appProtocol?: string): readonly KubeObject[] {
  const metadata = { name, namespace: "a" };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { ports: [{ port: 80, ...(appProtocol === undefined ? {} : { appProtocol }) }] },
    },
    // An EndpointSlice has one set of port numbers, and backends of tests differ in nothing else.
    ...endpoints.map(({ address = "127.0.0.1", port, conditions = { ready: true } }, i) => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-${i}`, namespace: "a", labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: [{ name: "", port }],
      endpoints: [
        {
          addresses: [address],
          conditions,
          targetRef: { kind: "Pod", name: `${name}-${i}`, uid: `${name}-${i}-${port}` },
        },
      ],
    })),
  ];
}

export interface Endpoint {
  readonly address?: string;
  readonly port: number;
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
}
