import { sliceManager } from "@headgate/api";
import type { Desired, PodRouteSettings, RoutedPod } from "@headgate/api";
import { child } from "./child.ts";

/**
 * One EndpointSlice for each address family of the pod; that of the primary address bears the child name.
 *
 * Conditions are those that the cluster's own controller sets: a terminating pod is not ready but serves as long as its
 * probe passes, so gateways drain it instead of cutting it off.
 */
export function endpointSlices(routed: RoutedPod, settings: PodRouteSettings): readonly Desired[] {
  const { pod, ready, terminating, nodeName } = routed;
  return routed.addresses.map(({ family, ip }, i) =>
    child(routed, settings, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      // No child name has a dot, so a second slice never meets another pod's first.
      name: i === 0 ? routed.childName : `${routed.childName}.${family.toLowerCase()}`,
      labels: {
        "kubernetes.io/service-name": routed.childName,
        "endpointslice.kubernetes.io/managed-by": sliceManager,
      },
      fields: {
        addressType: family,
        endpoints: [
          {
            addresses: [ip],
            conditions: { ready: ready && !terminating, serving: ready, terminating },
            ...(nodeName === undefined ? {} : { nodeName }),
            targetRef: { kind: "Pod", namespace: pod.namespace, name: pod.name, uid: pod.uid },
          },
        ],
        ports: [{ port: routed.port ?? settings.podPort, protocol: "TCP" }],
      },
    }),
  );
}
