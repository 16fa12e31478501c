import type { Shape } from "./shape.ts";

/**
 * The members of the built-in kinds. `a b: T` gives two members one type; `{T}` is a map, `[T]` a list, `!` marks what
 * is replaced as a whole, `[T] by k1,k2` a list merged by those keys (a strategic merge uses the first one), `[T] set` a
 * list of distinct scalars. Lists without a mark are replaced as a whole.
 */
const text = `
ObjectMeta; name generateName namespace selfLink uid resourceVersion creationTimestamp deletionTimestamp: string; generation deletionGracePeriodSeconds: int; labels annotations: {string}; finalizers: [string] set; ownerReferences: [OwnerReference] by uid; managedFields: [any]
OwnerReference; apiVersion kind name uid: string; controller blockOwnerDeletion: bool
LabelSelector; matchLabels: {string}; matchExpressions: [SelectorRequirement]
SelectorRequirement; key operator: string; values: [string]
Condition; type status reason message lastTransitionTime lastUpdateTime lastProbeTime lastHeartbeatTime: string; observedGeneration: int
ObjectReference; apiVersion kind namespace name uid resourceVersion fieldPath: string
LocalReference; name: string
Namespace; spec: NamespaceSpec; status: NamespaceStatus
NamespaceSpec; finalizers: [string]
NamespaceStatus; phase: string; conditions: [Condition] by type
ConfigMap; data binaryData: {string}; immutable: bool
Secret; data stringData: {string}; type: string; immutable: bool
ServiceAccount; secrets: [ObjectReference] by name; imagePullSecrets: [LocalReference]; automountServiceAccountToken: bool
Lease; spec: LeaseSpec
LeaseSpec; holderIdentity acquireTime renewTime strategy preferredHolder: string; leaseDurationSeconds leaseTransitions: int
Event; involvedObject related: ObjectReference!; reason message type firstTimestamp lastTimestamp eventTime action reportingComponent reportingInstance: string; source: EventSource; count: int; series: EventSeries
EventSource; component host: string
EventSeries; count: int; lastObservedTime: string
Node; spec: NodeSpec; status: NodeStatus
NodeSpec; podCIDR providerID externalID: string; podCIDRs: [string] set; unschedulable: bool; taints: [Taint]; configSource: any
Taint; key value effect timeAdded: string
NodeStatus; capacity allocatable: {quantity}; phase: string; conditions: [Condition] by type; addresses: [NodeAddress] by type; daemonEndpoints: DaemonEndpoints; nodeInfo: any; images runtimeHandlers: [any]; volumesInUse: [string]; volumesAttached: [any]; config features: any
NodeAddress; type address: string
DaemonEndpoints; kubeletEndpoint: DaemonEndpoint
DaemonEndpoint; Port: int
Service; spec: ServiceSpec; status: ServiceStatus
ServiceSpec; ports: [ServicePort] by port,protocol; selector: {string}!; clusterIP type sessionAffinity loadBalancerIP externalName externalTrafficPolicy ipFamilyPolicy loadBalancerClass internalTrafficPolicy trafficDistribution: string; clusterIPs externalIPs loadBalancerSourceRanges ipFamilies: [string]; healthCheckNodePort: int; publishNotReadyAddresses allocateLoadBalancerNodePorts: bool; sessionAffinityConfig: AffinityConfig
AffinityConfig; clientIP: ClientIp
ClientIp; timeoutSeconds: int
ServicePort; name protocol appProtocol: string; port nodePort: int; targetPort: intstr
ServiceStatus; loadBalancer: LoadBalancer; conditions: [Condition] by type
LoadBalancer; ingress: [any]
EndpointSlice; addressType: string; endpoints: [Endpoint]; ports: [EndpointPort]
Endpoint; addresses: [string]; conditions: EndpointConditions; hostname nodeName zone: string; targetRef: ObjectReference; deprecatedTopology: {string}; hints: any
EndpointConditions; ready serving terminating: bool
EndpointPort; name protocol appProtocol: string; port: int
Deployment; spec: DeploymentSpec; status: DeploymentStatus
DeploymentSpec; replicas minReadySeconds revisionHistoryLimit progressDeadlineSeconds: int; selector: LabelSelector!; template: PodTemplate; strategy: DeploymentStrategy; paused: bool
DeploymentStrategy; type: string; rollingUpdate: RollingUpdate
RollingUpdate; maxSurge maxUnavailable: intstr
DeploymentStatus; observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas terminatingReplicas collisionCount: int; conditions: [Condition] by type
ReplicaSet; spec: ReplicaSetSpec; status: ReplicaSetStatus
ReplicaSetSpec; replicas minReadySeconds: int; selector: LabelSelector!; template: PodTemplate
ReplicaSetStatus; observedGeneration replicas fullyLabeledReplicas readyReplicas availableReplicas terminatingReplicas: int; conditions: [Condition] by type
PodTemplate; metadata: ObjectMeta; spec: PodSpec
Pod; spec: PodSpec; status: PodStatus
PodSpec; volumes: [Volume] by name; initContainers containers: [Container] by name; ephemeralContainers: [EphemeralContainer] by name; restartPolicy dnsPolicy serviceAccountName serviceAccount nodeName hostname subdomain schedulerName priorityClassName runtimeClassName preemptionPolicy hostnameOverride: string; terminationGracePeriodSeconds activeDeadlineSeconds priority: int; nodeSelector: {string}!; automountServiceAccountToken hostNetwork hostPID hostIPC hostUsers shareProcessNamespace setHostnameAsFQDN enableServiceLinks: bool; securityContext: PodSecurity; imagePullSecrets: [LocalReference] by name; affinity: any; tolerations: [Toleration]; hostAliases: [HostAlias] by ip; readinessGates: [any]; dnsConfig os: any; overhead: {quantity}; topologySpreadConstraints: [any] by topologyKey,whenUnsatisfiable; schedulingGates resourceClaims: [any] by name; resources: Resources
PodSecurity; runAsUser runAsGroup fsGroup: int; runAsNonRoot: bool; fsGroupChangePolicy supplementalGroupsPolicy seLinuxChangePolicy: string; supplementalGroups: [int]; sysctls: [any]; seLinuxOptions windowsOptions seccompProfile appArmorProfile: any
Toleration; key operator value effect: string; tolerationSeconds: int
HostAlias; ip: string; hostnames: [string]
Container; name image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy restartPolicy: string; command args: [string]; ports: [ContainerPort] by containerPort,protocol; envFrom: [EnvFrom]; env: [EnvVar] by name; resources: Resources; resizePolicy restartPolicyRules: [any]; volumeMounts: [VolumeMount] by mountPath; volumeDevices: [VolumeDevice] by devicePath; livenessProbe readinessProbe startupProbe: Probe; lifecycle: Lifecycle; securityContext: any; stdin stdinOnce tty: bool
EphemeralContainer; name image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy restartPolicy targetContainerName: string; command args: [string]; ports: [ContainerPort] by containerPort,protocol; envFrom: [EnvFrom]; env: [EnvVar] by name; resources: Resources; volumeMounts: [VolumeMount] by mountPath; livenessProbe readinessProbe startupProbe: Probe; lifecycle: Lifecycle; securityContext: any; stdin stdinOnce tty: bool
ContainerPort; name protocol hostIP: string; containerPort hostPort: int
EnvFrom; prefix: string; configMapRef secretRef: OptionalReference
OptionalReference; name: string; optional: bool
EnvVar; name value: string; valueFrom: EnvSource
EnvSource; fieldRef: FieldRef!; resourceFieldRef: any!; configMapKeyRef secretKeyRef: KeyRef!; fileKeyRef: any!
FieldRef; apiVersion fieldPath: string
KeyRef; name key: string; optional: bool
Resources; limits requests: {quantity}; claims: [any] by name
VolumeMount; name mountPath subPath subPathExpr mountPropagation recursiveReadOnly: string; readOnly: bool
VolumeDevice; name devicePath: string
Probe; exec: ExecAction; httpGet: HttpGet; tcpSocket: TcpSocket; grpc: GrpcAction; initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds: int
ExecAction; command: [string]
HttpGet; path host scheme: string; port: intstr; httpHeaders: [HttpHeader]
HttpHeader; name value: string
TcpSocket; host: string; port: intstr
GrpcAction; port: int; service: string
Lifecycle; postStart preStop: LifecycleHandler; stopSignal: string
LifecycleHandler; exec: ExecAction; httpGet: HttpGet; tcpSocket: TcpSocket; sleep: SleepAction
SleepAction; seconds: int
Volume; name: string; configMap secret projected downwardAPI emptyDir hostPath persistentVolumeClaim csi nfs ephemeral image iscsi fc local: any
PodStatus; phase message reason nominatedNodeName hostIP podIP startTime qosClass resize: string; observedGeneration: int; conditions: [Condition] by type; hostIPs: [PodIp]; podIPs: [PodIp] by ip; initContainerStatuses containerStatuses ephemeralContainerStatuses resourceClaimStatuses: [any]; extendedResourceClaimStatus resources allocatedResources: any
PodIp; ip: string
CustomResourceDefinition; spec: CrdSpec; status: CrdStatus
CrdSpec; group scope: string; names: CrdNames; versions: [CrdVersion]; conversion: CrdConversion; preserveUnknownFields: bool
CrdNames; plural singular kind listKind: string; shortNames categories: [string]
CrdVersion; name deprecationWarning: string; served storage deprecated: bool; schema: CrdSchema; subresources: CrdSubresources; additionalPrinterColumns: [CrdColumn]; selectableFields: [any]
CrdSchema; openAPIV3Schema: any
CrdSubresources; status: any; scale: CrdScale
CrdScale; specReplicasPath statusReplicasPath labelSelectorPath: string
CrdColumn; name type format description jsonPath: string; priority: int
CrdConversion; strategy: string; webhook: any
CrdStatus; acceptedNames: CrdNames; storedVersions: [string]; conditions: [Condition] by type; observedGeneration: int
Scale; spec: ScaleSpec; status: ScaleStatus
ScaleSpec; replicas: int
ScaleStatus; replicas: int; selector: string
`;

const definitions = new Map(
  text
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", ...fields] = line.split("; ");
      return [name, fields] as const;
    }),
);
const scalars = new Set(["any", "string", "int", "number", "bool", "intstr", "quantity"]);
const keyDefaults = { protocol: "TCP" };
const compiled = new Map<string, Shape>();

const parseType = (source: string): Shape => {
  if (source.endsWith("!")) return { ...parseType(source.slice(0, -1)), atomic: true };
  if (source.startsWith("{")) return { type: "map", values: parseType(source.slice(1, -1)) };
  if (source.startsWith("[")) {
    const end = source.indexOf("]");
    const items = parseType(source.slice(1, end));
    const mark = source.slice(end + 1).trim();
    if (mark === "set") return { type: "list", items, list: "set" };
    if (mark.startsWith("by "))
      return { type: "list", items, list: "map", keys: mark.slice(3).split(","), keyDefaults };
    return { type: "list", items, list: "atomic" };
  }
  return scalars.has(source) ? { type: source as Shape["type"] } : structShape(source);
};

const structShape = (name: string): Shape => {
  const known = compiled.get(name);
  if (known) return known;
  const fields = new Map<string, Shape>();
  for (const field of definitions.get(name) ?? []) {
    const colon = field.indexOf(": ");
    const shape = parseType(field.slice(colon + 2));
    for (const member of field.slice(0, colon).split(" ")) fields.set(member, shape);
  }
  const shape: Shape = { type: "map", fields };
  compiled.set(name, shape);
  return shape;
};

export const metadataShape: Shape = structShape("ObjectMeta");

/** The shape of a whole object of a built-in kind. */
export const builtInShape = (kind: string): Shape => objectShape(structShape(kind));

/** Adds the members that every object has. */
export const objectShape = (shape: Shape): Shape => ({
  ...shape,
  fields: new Map([
    ...(shape.fields ?? []),
    ["apiVersion", { type: "string" }],
    ["kind", { type: "string" }],
    ["metadata", metadataShape],
  ]),
});
