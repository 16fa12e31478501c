import { groupOf, resourceTypes } from "@headgate/api";
import type { KubeObject, ResourceType } from "@headgate/api";

/** What is known of a kind without asking an API server. */
export interface KnownKind {
  readonly group: string;
  readonly kind: string;
  /** The version that an API server prefers. */
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Its status is written by requests of its own. */
  readonly statusApart: boolean;
}

/** Group and version; kinds, each with its plural where that is not its name in small letters and an s. `/`: with a status apart. */
const table = `
v1 namespaced: Binding ConfigMap Endpoints=endpoints Event LimitRange PersistentVolumeClaim/ Pod/ PodTemplate ReplicationController/ ResourceQuota/ Secret Service/ ServiceAccount
v1 cluster: Namespace/ Node/ PersistentVolume/
apps/v1 namespaced: ControllerRevision DaemonSet/ Deployment/ ReplicaSet/ StatefulSet/
batch/v1 namespaced: CronJob/ Job/
autoscaling/v2 namespaced: HorizontalPodAutoscaler/
policy/v1 namespaced: PodDisruptionBudget/
coordination.k8s.io/v1 namespaced: Lease
discovery.k8s.io/v1 namespaced: EndpointSlice
events.k8s.io/v1 namespaced: Event
networking.k8s.io/v1 namespaced: Ingress/=ingresses NetworkPolicy=networkpolicies
networking.k8s.io/v1 cluster: IngressClass=ingressclasses
rbac.authorization.k8s.io/v1 namespaced: Role RoleBinding
rbac.authorization.k8s.io/v1 cluster: ClusterRole ClusterRoleBinding
storage.k8s.io/v1 namespaced: CSIStorageCapacity=csistoragecapacities
storage.k8s.io/v1 cluster: CSIDriver CSINode StorageClass=storageclasses VolumeAttachment/
scheduling.k8s.io/v1 cluster: PriorityClass=priorityclasses
node.k8s.io/v1 cluster: RuntimeClass=runtimeclasses
certificates.k8s.io/v1 cluster: CertificateSigningRequest/
admissionregistration.k8s.io/v1 cluster: MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy/=validatingadmissionpolicies ValidatingAdmissionPolicyBinding
apiextensions.k8s.io/v1 cluster: CustomResourceDefinition/
apiregistration.k8s.io/v1 cluster: APIService/
`;

const fromTable: readonly KnownKind[] = table
  .trim()
  .split("\n")
  .flatMap((line) => {
    const [head = "", names = ""] = line.split(": ");
    const [apiVersion = "", scope] = head.split(" ");
    return names.split(" ").map((name): KnownKind => {
      const [kind = "", plural] = name.replace("/", "").split("=");
      return {
        group: groupOf(apiVersion),
        version: apiVersion.slice(apiVersion.indexOf("/") + 1),
        kind,
        plural: plural ?? `${kind.toLowerCase()}s`,
        namespaced: scope === "namespaced",
        statusApart: name.includes("/"),
      };
    });
  });

const known: ReadonlyMap<string, KnownKind> = new Map(
  [
    ...Object.values<ResourceType>(resourceTypes).map(({ apiVersion, kind, plural, namespaced }): KnownKind => ({
      group: groupOf(apiVersion),
      version: apiVersion.slice(apiVersion.indexOf("/") + 1),
      kind,
      plural,
      namespaced,
      statusApart: kind !== "ReferenceGrant",
    })),
    ...fromTable,
  ].map((kind) => [`${kind.group}/${kind.kind}`, kind]),
);

/** What is known of a kind; undefined for a kind that is neither Kubernetes's own, nor Gateway API's, nor ours. */
export function knownKind({ group, kind }: { readonly group: string; readonly kind: string }): KnownKind | undefined {
  return known.get(`${group}/${kind}`);
}

/** The groups that have a known kind of this name, in order; "" is the core group. */
export function groupsOf(kind: string): readonly string[] {
  const groups = [...known.values()].filter((one) => one.kind === kind).map(({ group }) => group);
  return groups.toSorted();
}

/** Whether all kinds of a group are likely to be known. */
export function isKnownGroup(group: string): boolean {
  return fromTable.some((one) => one.group === group);
}

/** The object in the namespace `default` when it has none and is of a kind that is known to live in namespaces. */
export function placed(object: KubeObject): KubeObject {
  if (object.metadata.namespace !== undefined) return object;
  if (knownKind({ group: groupOf(object.apiVersion), kind: object.kind })?.namespaced !== true) return object;
  return { ...object, metadata: { ...object.metadata, namespace: "default" } };
}
