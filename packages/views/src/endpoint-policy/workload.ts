import { endpointNames } from "@headgate/api";
import type { Desired } from "@headgate/api";
import { child, endpointLabels } from "./child.ts";
import type { EndpointCase } from "./case.ts";
import { podTemplate } from "./pod-template.ts";

/** On the Deployment: the replicas that were applied last, after `hpa:` where an autoscaler was to go on from there. */
export const replicasAnnotation = "endpointscaler.io/replicas";

/** The endpoint's Deployment. */
export function deployment(of: EndpointCase, instance: string): Desired {
  const { policy, endpoint, model } = of;
  const { workload: name } = endpointNames(policy.app.name, endpoint.id);
  const labels = endpointLabels(policy, endpoint);
  const { replicas, mark } = replicasOf(of);
  return child(
    { policy, endpoint, instance },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name,
      namespace: policy.app.namespace,
      annotations: { [replicasAnnotation]: mark },
      fields: {
        spec: {
          ...(replicas === undefined ? {} : { replicas }),
          selector: { matchLabels: labels },
          template: podTemplate(endpoint, policy.app.name, labels, model),
        },
      },
    },
  );
}

/**
 * The replicas to apply; none where someone else set them since the policy last changed its mind, and none once an autoscaler has done so.
 * Until then ours stay: to take them away would mean 1, and an autoscaler that is new must not begin by taking pods away. One that is to go
 * has the say until it is gone, or its last word would come after ours.
 */
function replicasOf({ endpoint: { hpa, replicas }, workload, autoscaled }: EndpointCase): {
  readonly replicas: number | undefined;
  readonly mark: string;
} {
  const { scaledByOthers, appliedReplicas = "" } = workload;
  const begun = /^hpa:([0-9]+)$/.exec(appliedReplicas)?.[1];
  if (hpa === undefined && autoscaled && begun !== undefined) {
    return { replicas: scaledByOthers ? undefined : Number(begun), mark: appliedReplicas };
  }
  if (hpa === undefined) {
    const mark = String(replicas);
    return { replicas: scaledByOthers && appliedReplicas === mark ? undefined : replicas, mark };
  }
  const least = Math.max(1, hpa.min);
  const before = Number(begun ?? (appliedReplicas || least));
  const begin = Math.min(hpa.max, Math.max(least, before));
  return { replicas: scaledByOthers ? undefined : begin, mark: `hpa:${String(begin)}` };
}

/** The endpoint's Service. A gRPC one says so, for gateways that go by it. */
export function service({ policy, endpoint }: EndpointCase, instance: string): Desired {
  const port = { name: "http", port: endpoint.port, targetPort: endpoint.containerPort, protocol: "TCP" };
  const appProtocol = endpoint.type === "grpc" ? { appProtocol: "kubernetes.io/h2c" } : {};
  return child(
    { policy, endpoint, instance },
    {
      apiVersion: "v1",
      kind: "Service",
      name: endpointNames(policy.app.name, endpoint.id).service,
      namespace: policy.app.namespace,
      fields: {
        spec: { type: "ClusterIP", selector: endpointLabels(policy, endpoint), ports: [{ ...port, ...appProtocol }] },
      },
    },
  );
}

/** The endpoint's autoscaler, for an endpoint that asks for one. Fewer than one replica is not served yet, so 1 is the least. */
export function autoscaler({ policy, endpoint }: EndpointCase, instance: string): readonly Desired[] {
  const { hpa } = endpoint;
  if (hpa === undefined) return [];
  const { workload: name } = endpointNames(policy.app.name, endpoint.id);
  const metric = (resource: string, target: number | undefined): readonly object[] =>
    target === undefined
      ? []
      : [
          {
            type: "Resource",
            resource: { name: resource, target: { type: "Utilization", averageUtilization: target } },
          },
        ];
  return [
    child(
      { policy, endpoint, instance },
      {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        name,
        namespace: policy.app.namespace,
        fields: {
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
            minReplicas: Math.max(1, hpa.min),
            maxReplicas: hpa.max,
            metrics: [...metric("cpu", hpa.cpuTarget), ...metric("memory", hpa.memoryTarget)],
            ...(hpa.behavior === undefined ? {} : { behavior: hpa.behavior }),
          },
        },
      },
    ),
  ];
}

/** The endpoint's disruption budget, for an endpoint that asks for one. */
export function disruptionBudget({ policy, endpoint }: EndpointCase, instance: string): readonly Desired[] {
  const { podDisruptionBudget } = endpoint;
  if (podDisruptionBudget === undefined) return [];
  return [
    child(
      { policy, endpoint, instance },
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        name: endpointNames(policy.app.name, endpoint.id).workload,
        namespace: policy.app.namespace,
        fields: { spec: { ...podDisruptionBudget, selector: { matchLabels: endpointLabels(policy, endpoint) } } },
      },
    ),
  ];
}
