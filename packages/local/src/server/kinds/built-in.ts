import { columnsOf } from "../table/built-in-columns.ts";
import { schemaOfKind } from "./built-in-schemas.ts";
import { admitPod, defaultsOf, firstStatusOf } from "./defaults.ts";
import { apiVersionOf, type Resource } from "./resource.ts";
import { rulesOf } from "./rules.ts";

/**
 * The built-in kinds: group, version, kind, plural, short names; then what they have. `cluster`: not in a namespace;
 * `counted`: has generations; `review`: is asked and answered, never stored; `+x`: an action among the subresources; `?x`: a field that selectors may use.
 */
const table = `
- v1 Namespace namespaces ns; cluster status label +finalize ?status.phase
- v1 Node nodes no; cluster status ?spec.unschedulable
- v1 Pod pods po; all status counted +binding +log ?spec.nodeName ?spec.restartPolicy ?spec.schedulerName ?spec.serviceAccountName ?spec.hostNetwork ?status.phase ?status.podIP ?status.nominatedNodeName
- v1 Service services svc; all status label ?spec.clusterIP ?spec.type
- v1 ConfigMap configmaps cm;
- v1 Secret secrets; ?type
- v1 ServiceAccount serviceaccounts sa; +token
- v1 Event events ev; ?involvedObject.kind ?involvedObject.namespace ?involvedObject.name ?involvedObject.uid ?involvedObject.apiVersion ?involvedObject.resourceVersion ?involvedObject.fieldPath ?reason ?reportingComponent ?source ?type
apps v1 Deployment deployments deploy; all status counted scale
apps v1 ReplicaSet replicasets rs; all status counted scale
autoscaling v2 HorizontalPodAutoscaler horizontalpodautoscalers hpa; all status
policy v1 PodDisruptionBudget poddisruptionbudgets pdb; status counted
discovery.k8s.io v1 EndpointSlice endpointslices; counted
coordination.k8s.io v1 Lease leases;
rbac.authorization.k8s.io v1 Role roles; path
rbac.authorization.k8s.io v1 RoleBinding rolebindings; path
rbac.authorization.k8s.io v1 ClusterRole clusterroles; cluster path
rbac.authorization.k8s.io v1 ClusterRoleBinding clusterrolebindings; cluster path
authentication.k8s.io v1 TokenReview tokenreviews; cluster review
authorization.k8s.io v1 SubjectAccessReview subjectaccessreviews; cluster review
apiextensions.k8s.io v1 CustomResourceDefinition customresourcedefinitions crd crds; cluster api-extensions status counted
`;

const replicas = {
  specReplicas: ["spec", "replicas"],
  statusReplicas: ["status", "replicas"],
  selector: ["spec", "selector"],
} as const;
const nothing = (): void => undefined;

const resourceOf = (line: string): Resource => {
  const [names = "", traits = ""] = line.split(";");
  const [dash = "", version = "", kind = "", plural = "", ...shortNames] = names.split(" ");
  const group = dash === "-" ? "" : dash;
  const has = traits.trim().split(" ");
  const marked = (mark: string): string[] =>
    has.filter((trait) => trait.startsWith(mark)).map((trait) => trait.slice(1));
  return {
    group,
    version,
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames,
    categories: has.filter((trait) => trait === "all" || trait === "api-extensions"),
    namespaced: !has.includes("cluster"),
    storageKey: `${plural}.${group}`,
    storedAs: apiVersionOf({ group, version }),
    builtIn: true,
    schema: schemaOfKind(kind),
    status: has.includes("status"),
    scale: has.includes("scale") ? replicas : undefined,
    actions: marked("+"),
    counted: has.includes("counted"),
    selectable: marked("?"),
    columns: columnsOf(kind),
    nameRule: has.includes("label") ? "label" : has.includes("path") ? "path" : "subdomain",
    review: has.includes("review"),
    defaults: defaultsOf[kind] ?? nothing,
    admit: kind === "Pod" ? admitPod : nothing,
    firstStatus: firstStatusOf[kind],
    check: rulesOf[kind] ?? (() => []),
  };
};

export const builtInResources: readonly Resource[] = table.trim().split("\n").map(resourceOf);
