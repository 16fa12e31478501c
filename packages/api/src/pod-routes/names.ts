/** The controller's short name: its field manager is `headgate/pod-routes`. */
export const podRoutesController = "pod-routes";

/** The label by which a pod asks for a route; only the value `true` does. */
export const enabledLabel = "envoy-router/enabled";

/** What the controller's annotations begin with. */
export const annotationPrefix = "envoy-router/";

/** The annotations of a pod that change its route. */
export const podRouteAnnotations = {
  /** A port number or the name of a container port; otherwise `--pod-port`. */
  port: "envoy-router/port",
  /** The path prefix; otherwise `/<pod-name>`. */
  path: "envoy-router/path",
  /** `true`: the pod receives `/…` instead of `/<prefix>/…`. */
  stripPrefix: "envoy-router/strip-prefix",
  /** The host name of the route, exact or `*.wildcard`; otherwise every host of the Gateway. */
  hostname: "envoy-router/hostname",
} as const;

/** Says who made a child; the value is the original operator's. */
export const managedByLabel = "app.kubernetes.io/managed-by";
export const managedByValue = "envoy-router";

/** Says which of several operators in one cluster made a child. */
export const instanceLabel = "headgate.io/instance";

/** The `endpointslice.kubernetes.io/managed-by` of our slices, so that the cluster's own controller leaves them alone. */
export const sliceManager = "pod-routes.headgate.io";
