import type { Json, Step } from "./exchange.ts";

type Fields = Readonly<Record<string, Json | undefined>>;

/** The path of each kind's collection. */
const roots: Readonly<Record<string, string>> = {
  "v1 Namespace": "/api/v1/namespaces",
  "v1 Node": "/api/v1/nodes",
  "v1 Pod": "/api/v1/namespaces/NS/pods",
  "v1 Service": "/api/v1/namespaces/NS/services",
  "v1 ConfigMap": "/api/v1/namespaces/NS/configmaps",
  "v1 Secret": "/api/v1/namespaces/NS/secrets",
  "v1 ServiceAccount": "/api/v1/namespaces/NS/serviceaccounts",
  "v1 Event": "/api/v1/namespaces/NS/events",
  "apps/v1 Deployment": "/apis/apps/v1/namespaces/NS/deployments",
  "apps/v1 ReplicaSet": "/apis/apps/v1/namespaces/NS/replicasets",
  "discovery.k8s.io/v1 EndpointSlice": "/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices",
  "coordination.k8s.io/v1 Lease": "/apis/coordination.k8s.io/v1/namespaces/NS/leases",
  "apiextensions.k8s.io/v1 CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  "gateway.networking.k8s.io/v1 HTTPRoute": "/apis/gateway.networking.k8s.io/v1/namespaces/NS/httproutes",
  "gateway.networking.k8s.io/v1 Gateway": "/apis/gateway.networking.k8s.io/v1/namespaces/NS/gateways",
  "gateway.networking.k8s.io/v1 GatewayClass": "/apis/gateway.networking.k8s.io/v1/gatewayclasses",
};

const clusterWide = new Set(["Namespace", "Node", "CustomResourceDefinition", "GatewayClass"]);

export interface Kubernetes extends Fields {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Fields;
}

/** The path of an object's collection. */
export const collectionOf = ({ apiVersion, kind }: { apiVersion: string; kind: string }): string => {
  const known = roots[`${apiVersion} ${kind}`];
  return known ?? `/apis/${apiVersion}/namespaces/NS/${kind.toLowerCase()}s`;
};

/** The path of an object. */
export const pathOf = (object: Kubernetes): string =>
  `${collectionOf(object)}/${(object.metadata["name"] as string | undefined) ?? ""}`;

/** An object in the case's namespace, if its kind has namespaces. */
export const object = (apiVersion: string, kind: string, name: string, fields: Fields = {}): Kubernetes => {
  const { metadata, ...rest } = fields;
  const place = clusterWide.has(kind) ? {} : { namespace: "NS" };
  return { apiVersion, kind, metadata: { name, ...place, ...(metadata as Fields | undefined) }, ...rest };
};

export const configMap = (name: string, data?: Fields | null, metadata?: Fields): Kubernetes =>
  object("v1", "ConfigMap", name, { ...(data !== undefined && { data }), metadata });

const query = (parameters: string): string => (parameters === "" ? "" : `?${parameters}`);

export const create = (body: Kubernetes, parameters = ""): Step => ({
  method: "POST",
  path: collectionOf(body) + query(parameters),
  body,
});
export const get = (path: string, accept?: string): Step => ({ method: "GET", path, accept });
/** `sub`: such as `/status`, and parameters after a question mark. */
export const replace = (body: Kubernetes, sub = ""): Step => ({ method: "PUT", path: pathOf(body) + sub, body });
export const remove = (path: string, body?: Json): Step => ({ method: "DELETE", path, body });

const patch =
  (type: string) =>
  (path: string, body: Json): Step => ({ method: "PATCH", path, body, type });
export const merge = patch("application/merge-patch+json");
export const json = patch("application/json-patch+json");
export const strategic = patch("application/strategic-merge-patch+json");

/** Server-side apply as a manager; `sub` as for {@link replace}, `force` in `parameters`. */
export const apply = (
  manager: string,
  body: Kubernetes,
  { sub = "", parameters = "" }: { readonly sub?: string; readonly parameters?: string } = {},
): Step => ({
  method: "PATCH",
  path: `${pathOf(body)}${sub}?fieldManager=${manager}${parameters}`,
  body,
  type: "application/apply-patch+yaml",
});
