import { sliceManager } from "@headgate/api";
import type { Desired, PodRouteSettings, RoutedPod } from "@headgate/api";
import { child } from "./child.ts";

/**
 * One EndpointSlice for each address family of the pod; that of the primary address bears the child name.
 *
 * A terminating pod stays ready as long as its probe passes. The cluster's own controller would say that it is not, so that the other
 * pods of a Service take its requests; here there is no other, and a gateway that asks ready endpoints only would answer 503 in
 * the place of a pod that serves.
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
            conditions: { ready, serving: ready, terminating },
            ...(nodeName === undefined ? {} : { nodeName }),
            targetRef: { kind: "Pod", namespace: pod.namespace, name: pod.name, uid: pod.uid },
          },
        ],
        ports: [{ port: routed.port ?? settings.podPort, protocol: "TCP" }],
      },
    }),
  );
}
