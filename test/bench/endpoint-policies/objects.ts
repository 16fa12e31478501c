/** What the bench makes: applications, and policies that take five endpoints of each. */
import type { KubeObject } from "@headgate/api";

export const gateway: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "gw", namespace: "default" },
  spec: { gatewayClassName: "any", listeners: [{ name: "http", protocol: "HTTP", port: 80 }] },
};

export const appName = (i: number): string => `app-${i}`;

const resources = { cpuRequest: "100m", memLimit: "128Mi" };

/** One of each sort: two plain ones, a canary, one with an autoscaler, a gRPC one with a disruption budget. */
const endpoints = [
  { id: "search", match: { path: "/search" }, replicas: 2 },
  { id: "list", match: { path: "/list" }, resources },
  { id: "cart", match: { path: "/cart" }, strategy: "canary", canaryWeight: 10 },
  { id: "stock", match: { path: "/stock" }, resources, hpa: { max: 5, cpuTarget: 70 } },
  { id: "pay", type: "grpc", match: { service: "shop.Payments" }, podDisruptionBudget: { maxUnavailable: 1 } },
];

/** What a policy comes to: its endpoints, and their children by kind. */
export const perPolicy = {
  endpoints: endpoints.length,
  Deployment: 5,
  Service: 5,
  HTTPRoute: 4,
  GRPCRoute: 1,
  HorizontalPodAutoscaler: 1,
  PodDisruptionBudget: 1,
} as const;
export const childrenPerPolicy = 17;

export function policy(i: number): KubeObject {
  return {
    apiVersion: "endpointscaler.io/v1alpha1",
    kind: "EndpointPolicy",
    metadata: { name: appName(i), namespace: "default" },
    spec: {
      appRef: { name: appName(i), image: "shop:1" },
      gatewayRef: { name: "gw", hostname: `${appName(i)}.example.com` },
      endpoints,
    },
  };
}

/** The application itself: the Deployment that its endpoints are modelled on, and the Service that a canary shares with. */
export function application(i: number): readonly KubeObject[] {
  const labels = { app: appName(i) };
  const container = {
    name: appName(i),
    image: "shop:1",
    env: [{ name: "REGION", value: "north" }],
    envFrom: [{ secretRef: { name: "shop" } }],
    readinessProbe: { httpGet: { path: "/ready", port: 8080 } },
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: appName(i), namespace: "default" },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `${appName(i)}-svc`, namespace: "default" },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
}
