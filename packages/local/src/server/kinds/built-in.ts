import { columnsOf } from "../table/built-in-columns.ts";
import { builtInShape } from "./built-in-shapes.ts";
import { createsOf, defaultsOf } from "./defaults.ts";
import { apiVersionOf, type Resource } from "./resource.ts";
import { rulesOf } from "./validation.ts";

type Entry = Pick<Resource, "group" | "version" | "kind" | "plural"> &
  Partial<
    Pick<
      Resource,
      | "shortNames"
      | "categories"
      | "namespaced"
      | "status"
      | "scale"
      | "actions"
      | "counted"
      | "selectable"
      | "nameRule"
    >
  >;

const replicas = {
  specReplicas: ["spec", "replicas"],
  statusReplicas: ["status", "replicas"],
  selector: ["spec", "selector"],
} as const;

const entries: readonly Entry[] = [
  {
    group: "",
    version: "v1",
    kind: "Namespace",
    plural: "namespaces",
    shortNames: ["ns"],
    namespaced: false,
    status: true,
    actions: ["finalize"],
    selectable: ["status.phase"],
    nameRule: "label",
  },
  {
    group: "",
    version: "v1",
    kind: "Node",
    plural: "nodes",
    shortNames: ["no"],
    namespaced: false,
    status: true,
    selectable: ["spec.unschedulable"],
  },
  {
    group: "",
    version: "v1",
    kind: "Pod",
    plural: "pods",
    shortNames: ["po"],
    categories: ["all"],
    status: true,
    counted: true,
    actions: ["binding", "eviction", "log"],
    selectable: [
      "spec.nodeName",
      "spec.restartPolicy",
      "spec.schedulerName",
      "spec.serviceAccountName",
      "spec.hostNetwork",
      "status.phase",
      "status.podIP",
      "status.nominatedNodeName",
    ],
  },
  {
    group: "",
    version: "v1",
    kind: "Service",
    plural: "services",
    shortNames: ["svc"],
    categories: ["all"],
    status: true,
    nameRule: "label-1035",
    selectable: ["spec.clusterIP", "spec.type"],
  },
  { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"] },
  { group: "", version: "v1", kind: "Secret", plural: "secrets", selectable: ["type"] },
  { group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", shortNames: ["sa"] },
  {
    group: "",
    version: "v1",
    kind: "Event",
    plural: "events",
    shortNames: ["ev"],
    selectable: [
      ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
        (name) => `involvedObject.${name}`,
      ),
      "reason",
      "reportingComponent",
      "source",
      "type",
    ],
  },
  {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    plural: "deployments",
    shortNames: ["deploy"],
    categories: ["all"],
    status: true,
    counted: true,
    scale: replicas,
  },
  {
    group: "apps",
    version: "v1",
    kind: "ReplicaSet",
    plural: "replicasets",
    shortNames: ["rs"],
    categories: ["all"],
    status: true,
    counted: true,
    scale: replicas,
    selectable: ["status.replicas"],
  },
  { group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice", plural: "endpointslices", counted: true },
  { group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases" },
  {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    namespaced: false,
    status: true,
    counted: true,
  },
];

const nothing = (): void => undefined;

export const builtInResources: readonly Resource[] = entries.map((entry) => ({
  singular: entry.kind.toLowerCase(),
  shortNames: [],
  categories: [],
  namespaced: true,
  storageKey: `${entry.plural}.${entry.group}`,
  storedAs: apiVersionOf(entry),
  builtIn: true,
  shape: builtInShape(entry.kind),
  status: false,
  scale: undefined,
  actions: [],
  counted: false,
  selectable: [],
  columns: columnsOf(entry.kind),
  nameRule: "subdomain",
  defaults: defaultsOf[entry.kind] ?? nothing,
  create: createsOf[entry.kind] ?? nothing,
  validate: rulesOf[entry.kind] ?? (() => []),
  ...entry,
}));
