import { isIPv6 } from "node:net";
import { type Api, ApiError } from "../client/api.ts";
import { type Clock, pause } from "../client/clock.ts";
import type { KubeObject } from "../client/object.ts";
import { type Resource, resources } from "../client/resource.ts";
import { group, version } from "./objects.ts";

/** What the Service and the APIService are known by. */
export const metricsService = { namespace: "kube-system", name: "metrics-server" } as const;

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
  /** Verifies the server; PEM text. */
  readonly caBundle: string;
}

interface ApiService extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

const apiServices: Resource<ApiService> = {
  group: "apiregistration.k8s.io",
  version: "v1",
  plural: "apiservices",
  kind: "APIService",
  namespaced: false,
};
const fieldManager = "metrics-server";
const availableWithinMs = 60_000;
const pollMs = 100;

/**
 * Makes the API server pass on requests for the metrics API to an address, by way of a Service without a selector. Returns when it
 * does; throws when it does not within a minute.
 */
export async function registerMetrics(api: Api, { host, port, caBundle }: MetricsAddress, clock: Clock): Promise<void> {
  const { namespace, name } = metricsService;
  const apply = (
    resource: Resource,
    object: object,
    target: { namespace?: string; name: string },
  ): Promise<KubeObject> => api.apply(resource, target, { metadata: target, ...object }, { fieldManager, force: true });
  const portName = "https";
  await apply(
    resources.services,
    { apiVersion: "v1", kind: "Service", spec: { ports: [{ name: portName, port: 443, targetPort: port }] } },
    metricsService,
  );
  const slice = { namespace, name: `${name}-1` };
  await apply(
    resources.endpointSlices,
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...slice, labels: { "kubernetes.io/service-name": name } },
      addressType: isIPv6(host) ? "IPv6" : "IPv4",
      endpoints: [{ addresses: [host], conditions: { ready: true } }],
      ports: [{ name: portName, port, protocol: "TCP" }],
    },
    slice,
  );
  const target = { name: `${version}.${group}` };
  await apply(
    apiServices,
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      spec: {
        group,
        version,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { ...metricsService, port: 443 },
        caBundle: Buffer.from(caBundle).toString("base64"),
      },
    },
    target,
  );
  const deadline = clock.now() + availableWithinMs;
  for (;;) {
    const { status } = await api.get(apiServices, target);
    const available = status?.conditions?.find(({ type }) => type === "Available");
    if (available?.status === "True") return;
    if (clock.now() > deadline)
      throw new ApiError(503, "ServiceUnavailable", `the metrics API is not available: ${available?.message ?? ""}`);
    await pause(clock, pollMs, AbortSignal.timeout(availableWithinMs));
  }
}
