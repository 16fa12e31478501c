import type { KubeObject } from "@headgate/api";

type Fields = Readonly<Record<string, unknown>>;

const each = (list: unknown, item: (fields: Fields) => Fields): unknown =>
  Array.isArray(list) ? list.map((value) => item(value as Fields)) : list;

const service = (object: KubeObject): KubeObject => {
  const spec = object.spec as Fields;
  const ports = each(spec["ports"], (port) => ({ protocol: "TCP", ...port }));
  const family = { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack", internalTrafficPolicy: "Cluster" };
  const rest = { clusterIP: "10.96.0.1", clusterIPs: ["10.96.0.1"], type: "ClusterIP", sessionAffinity: "None" };
  return { ...object, spec: { ...rest, ...family, ...spec, ports } };
};

const slice = (object: KubeObject): KubeObject => ({
  ...object,
  ports: each(object["ports"], (port) => ({ name: "", protocol: "TCP", ...port })),
});

const route = (object: KubeObject): KubeObject => {
  const spec = object.spec as Fields;
  const gateway = { group: "gateway.networking.k8s.io", kind: "Gateway" };
  const parentRefs = each(spec["parentRefs"], (parent) => ({ ...gateway, ...parent }));
  const backend = { group: "", kind: "Service", weight: 1 };
  const rules = each(spec["rules"], (rule) => ({
    matches: [{ path: { type: "PathPrefix", value: "/" } }],
    ...rule,
    backendRefs: each(rule["backendRefs"], (ref) => ({ ...backend, ...ref })),
  }));
  return { ...object, spec: { ...spec, parentRefs, rules } };
};

const byKind: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  Service: service,
  EndpointSlice: slice,
  HTTPRoute: route,
};

/** The object with what an API server fills in where nothing is said. */
export function withDefaults(object: KubeObject): KubeObject {
  return byKind[object.kind]?.(object) ?? object;
}
