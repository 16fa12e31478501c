import type {
  Deployment,
  EndpointSlice,
  KubeEvent,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Service,
} from "./kinds.ts";
import type { KubeObject } from "./object.ts";

/** One kind of object as the API serves it. The type parameter is what its objects are read as. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set; ties the type of the objects to the resource. */
  readonly example?: T;
}

export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** The URL path of a collection, an object or a subresource. */
export function resourcePath(
  resource: Resource,
  target: { namespace?: string | undefined; name?: string; subresource?: string } = {},
): string {
  const { group, version, plural, namespaced } = resource;
  const { namespace = "", name, subresource } = target;
  const parts = group === "" ? ["api", version] : ["apis", group, version];
  if (namespaced && namespace !== "") parts.push("namespaces", namespace);
  parts.push(plural);
  if (name !== undefined) parts.push(name);
  if (subresource !== undefined) parts.push(subresource);
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

function kind<T extends KubeObject = KubeObject>(apiVersion: string, plural: string, kindName: string): Resource<T> {
  const [first = "", second] = apiVersion.split("/");
  const [group, version] = second === undefined ? ["", first] : [first, second];
  return { group, version, plural, kind: kindName, namespaced: true };
}

function clusterKind<T extends KubeObject = KubeObject>(apiVersion: string, plural: string, name: string): Resource<T> {
  return { ...kind<T>(apiVersion, plural, name), namespaced: false };
}

/** The kinds that controllers and the runner know by name. */
export const resources = {
  pods: kind<Pod>("v1", "pods", "Pod"),
  services: kind<Service>("v1", "services", "Service"),
  events: kind<KubeEvent>("v1", "events", "Event"),
  serviceAccounts: kind("v1", "serviceaccounts", "ServiceAccount"),
  configMaps: kind<KubeObject & { readonly data?: Readonly<Record<string, string>> }>("v1", "configmaps", "ConfigMap"),
  secrets: kind<KubeObject & { readonly data?: Readonly<Record<string, string>> }>("v1", "secrets", "Secret"),
  namespaces: clusterKind<Namespace>("v1", "namespaces", "Namespace"),
  nodes: clusterKind<Node>("v1", "nodes", "Node"),
  deployments: kind<Deployment>("apps/v1", "deployments", "Deployment"),
  replicaSets: kind<ReplicaSet>("apps/v1", "replicasets", "ReplicaSet"),
  endpointSlices: kind<EndpointSlice>("discovery.k8s.io/v1", "endpointslices", "EndpointSlice"),
  leases: kind<Lease>("coordination.k8s.io/v1", "leases", "Lease"),
  customResourceDefinitions: clusterKind(
    "apiextensions.k8s.io/v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
  ),
};
