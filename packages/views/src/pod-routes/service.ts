import type { Desired, PodRouteSettings, RoutedPod } from "@headgate/api";
import { child } from "./child.ts";

/**
 * The Service of one pod, without a selector: its endpoints are ours to say.
 *
 * It keeps a cluster address, as the original's does, so that `http://<pod-name>` inside the cluster still goes to the
 * service port.
 */
export function service(routed: RoutedPod, settings: PodRouteSettings): Desired {
  const port = { port: settings.servicePort, protocol: "TCP", targetPort: routed.port ?? settings.podPort };
  const families = routed.addresses.length > 1 ? { ipFamilyPolicy: "PreferDualStack" } : {};
  return child(routed, settings, {
    apiVersion: "v1",
    kind: "Service",
    name: routed.childName,
    fields: { spec: { ports: [port], ...families } },
  });
}
