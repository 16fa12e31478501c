import type { Desired, PodRouteSettings, RoutedPod } from "@headgate/api";
import { child } from "./child.ts";

const strip = { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } };

/** The HTTPRoute that leads the pod's path to its Service, on the Gateway of the pod's own namespace. */
export function httpRoute(routed: RoutedPod, settings: PodRouteSettings): Desired {
  const { pod, childName, path, hostname, stripPrefix } = routed;
  return child(routed, settings, {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    name: childName,
    fields: {
      spec: {
        parentRefs: [{ name: settings.gatewayName, namespace: pod.namespace }],
        ...(hostname === undefined ? {} : { hostnames: [hostname] }),
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: path } }],
            ...(stripPrefix ? { filters: [strip] } : {}),
            backendRefs: [{ name: childName, port: settings.servicePort, weight: 1 }],
          },
        ],
      },
    },
  });
}
