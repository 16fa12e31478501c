import { builtInSchema, type CompiledSchema, type JsonSchema, objectMeta } from "../../schema/index.ts";
import type { Json } from "../json/json.ts";

/**
 * The members of the built-in kinds. `a b*: T = D` gives two members one type and one default, and requires `b` (and
 * that it is not empty). `A|B` is one of some words, `1..5` a whole number of a range; `{T}` a map, `[T]` a list, `!`
 * marks what is replaced as a whole, `[T] by k1,k2` a list merged by those keys (a strategic merge uses the first one),
 * `[T] set` a list of distinct scalars, `[T] to 9` one of at most 9 items. Other lists are replaced as a whole.
 */
const text = `
LabelSelector; matchLabels: {string}; matchExpressions: [SelectorRequirement]
SelectorRequirement; key operator: string; values: [string]
Condition; type status reason message lastTransitionTime lastUpdateTime lastProbeTime lastHeartbeatTime: string; observedGeneration: int
ObjectReference; apiVersion kind namespace name uid resourceVersion fieldPath: string
LocalReference; name: string
Namespace; spec: NamespaceSpec = {}; status: NamespaceStatus = {}
NamespaceSpec; finalizers: [string]
NamespaceStatus; conditions: [Condition] by type; phase: Active|Terminating = Active
ConfigMap; data: {string}; binaryData: {bytes}; immutable: bool
Secret; data: {bytes}; stringData: {string}; immutable: bool; type: string = Opaque
ServiceAccount; secrets: [ObjectReference] by name; imagePullSecrets: [LocalReference]; automountServiceAccountToken: bool
Lease; spec: LeaseSpec = {}
LeaseSpec; holderIdentity strategy preferredHolder: string; acquireTime renewTime: microtime; leaseTransitions: 0..; leaseDurationSeconds: 1..
Event; involvedObject related: ObjectReference!; reason message type action: string; reportingComponent reportingInstance: string = ""; firstTimestamp lastTimestamp: time = null; eventTime: microtime = null; source: EventSource; count: int; series: EventSeries
EventSource; component host: string
EventSeries; count: int; lastObservedTime: string
Node; status: NodeStatus; spec: NodeSpec = {}
NodeSpec; podCIDR providerID externalID: string; podCIDRs: [string] set; unschedulable: bool; taints: [Taint]; configSource: any
Taint; key value effect timeAdded: string
NodeStatus; capacity allocatable: {quantity}; phase: string; conditions: [Condition] by type; addresses: [NodeAddress] by type; daemonEndpoints: DaemonEndpoints; nodeInfo: any; images runtimeHandlers: [any]; volumesInUse: [string]; volumesAttached: [any]; config features: any
NodeAddress; type address: string
DaemonEndpoints; kubeletEndpoint: DaemonEndpoint
DaemonEndpoint; Port: int
Service; spec: ServiceSpec = {}; status: ServiceStatus = {}
ServiceSpec; ports: [ServicePort] by port,protocol; selector: {string}!; clusterIP loadBalancerIP externalName externalTrafficPolicy ipFamilyPolicy loadBalancerClass internalTrafficPolicy trafficDistribution: string; clusterIPs externalIPs loadBalancerSourceRanges ipFamilies: [string]; healthCheckNodePort: int; publishNotReadyAddresses allocateLoadBalancerNodePorts: bool; sessionAffinityConfig: AffinityConfig; type: ClusterIP|ExternalName|LoadBalancer|NodePort = ClusterIP; sessionAffinity: ClientIP|None = None
AffinityConfig; clientIP: ClientIp
ClientIp; timeoutSeconds: int
ServicePort; name appProtocol: string; nodePort: int; targetPort: intstr; protocol: Protocol; port*: Port
ServiceStatus; conditions: [Condition] by type; loadBalancer: LoadBalancer = {}
LoadBalancer; ingress: [any]
EndpointSlice; endpoints: [Endpoint] to 1000 = null; ports: [EndpointPort] = null; addressType*: FQDN|IPv4|IPv6
Endpoint; addresses*: [string] to 100; conditions: EndpointConditions = {}; hostname nodeName zone: string; targetRef: ObjectReference; deprecatedTopology: {string}; hints: any
EndpointConditions; ready serving terminating: bool
EndpointPort; appProtocol: string; protocol: Protocol; name: string = ""; port: Port
Deployment; status: DeploymentStatus; spec*: DeploymentSpec
DeploymentSpec; paused: bool; replicas: 0.. = 1; minReadySeconds: 0..; selector*: LabelSelector!; template*: PodTemplate; revisionHistoryLimit: 0.. = 10; progressDeadlineSeconds: 0.. = 600; strategy: DeploymentStrategy = {}
DeploymentStrategy; rollingUpdate: RollingUpdate; type: Recreate|RollingUpdate = RollingUpdate
RollingUpdate; maxSurge maxUnavailable: intstr
DeploymentStatus; observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas terminatingReplicas collisionCount: int; conditions: [Condition] by type
ReplicaSet; status: ReplicaSetStatus; spec*: ReplicaSetSpec
ReplicaSetSpec; replicas: 0.. = 1; minReadySeconds: 0..; selector*: LabelSelector!; template*: PodTemplate
ReplicaSetStatus; observedGeneration replicas fullyLabeledReplicas readyReplicas availableReplicas terminatingReplicas: int; conditions: [Condition] by type
PodTemplate; metadata: ObjectMeta; spec*: PodSpec
Pod; status: PodStatus; spec*: PodSpec
PodSpec; volumes: [Volume] by name; initContainers: [Container] by name; ephemeralContainers: [EphemeralContainer] by name; serviceAccountName serviceAccount nodeName hostname subdomain priorityClassName runtimeClassName preemptionPolicy hostnameOverride: string; activeDeadlineSeconds priority: int; nodeSelector: {string}!; automountServiceAccountToken hostNetwork hostPID hostIPC hostUsers shareProcessNamespace setHostnameAsFQDN enableServiceLinks: bool; imagePullSecrets: [LocalReference] by name; affinity: any; tolerations: [Toleration]; hostAliases: [HostAlias] by ip; readinessGates: [any]; dnsConfig os: any; overhead: {quantity}; topologySpreadConstraints: [any] by topologyKey,whenUnsatisfiable; schedulingGates resourceClaims: [any] by name; resources: Resources; restartPolicy: Always|OnFailure|Never = Always; dnsPolicy: ClusterFirst|ClusterFirstWithHostNet|Default|None = ClusterFirst; terminationGracePeriodSeconds: 0.. = 30; schedulerName: string = default-scheduler; securityContext: PodSecurity = {}; containers*: [Container] by name
PodSecurity; runAsUser runAsGroup fsGroup: int; runAsNonRoot: bool; fsGroupChangePolicy supplementalGroupsPolicy seLinuxChangePolicy: string; supplementalGroups: [int]; sysctls: [any]; seLinuxOptions windowsOptions seccompProfile appArmorProfile: any
Toleration; key operator value effect: string; tolerationSeconds: int
HostAlias; ip: string; hostnames: [string]
Container; workingDir restartPolicy: string; command args: [string]; ports: [ContainerPort] by containerPort,protocol; envFrom: [EnvFrom]; env: [EnvVar] by name; resizePolicy restartPolicyRules: [any]; volumeMounts: [VolumeMount] by mountPath; volumeDevices: [VolumeDevice] by devicePath; livenessProbe readinessProbe startupProbe: Probe; lifecycle: Lifecycle; securityContext: any; stdin stdinOnce tty: bool; name* image*: string; imagePullPolicy: Always|IfNotPresent|Never; resources: Resources = {}; terminationMessagePath: string = /dev/termination-log; terminationMessagePolicy: string = File
EphemeralContainer; image workingDir restartPolicy targetContainerName: string; command args: [string]; ports: [ContainerPort] by containerPort,protocol; envFrom: [EnvFrom]; env: [EnvVar] by name; volumeMounts: [VolumeMount] by mountPath; livenessProbe readinessProbe startupProbe: Probe; lifecycle: Lifecycle; securityContext: any; stdin stdinOnce tty: bool; name*: string; imagePullPolicy: Always|IfNotPresent|Never; resources: Resources = {}; terminationMessagePath: string = /dev/termination-log; terminationMessagePolicy: string = File
ContainerPort; name hostIP: string; hostPort: int; protocol: Protocol; containerPort*: Port
EnvFrom; prefix: string; configMapRef secretRef: OptionalReference
OptionalReference; name: string; optional: bool
EnvVar; value: string; valueFrom: EnvSource; name*: string
EnvSource; fieldRef: FieldRef!; resourceFieldRef: any!; configMapKeyRef secretKeyRef: KeyRef!; fileKeyRef: any!
FieldRef; fieldPath: string; apiVersion: string = v1
KeyRef; name key: string; optional: bool
Resources; limits requests: {quantity}; claims: [any] by name
VolumeMount; subPath subPathExpr mountPropagation recursiveReadOnly: string; readOnly: bool; name* mountPath*: string
VolumeDevice; name devicePath: string
Probe; exec: ExecAction; httpGet: HttpGet; tcpSocket: TcpSocket; grpc: GrpcAction; terminationGracePeriodSeconds: int; timeoutSeconds successThreshold: 1.. = 1; periodSeconds: 1.. = 10; failureThreshold: 1.. = 3; initialDelaySeconds: 0..
ExecAction; command: [string]
HttpGet; host: string; httpHeaders: [HttpHeader]; path: string = /; scheme: string = HTTP; port*: intstr
HttpHeader; name value: string
TcpSocket; host: string; port*: intstr
GrpcAction; service: string = ""; port*: Port
Lifecycle; postStart preStop: LifecycleHandler; stopSignal: string
LifecycleHandler; exec: ExecAction; httpGet: HttpGet; tcpSocket: TcpSocket; sleep: SleepAction
SleepAction; seconds: int
Volume; emptyDir persistentVolumeClaim csi nfs ephemeral image iscsi fc local: any; name*: string; configMap secret projected downwardAPI: FileVolume; hostPath: HostPath
FileVolume; defaultMode: int = 420; name secretName: string; optional: bool; items sources: [any]
HostPath; path*: string; type: string = ""
PodStatus; phase message reason nominatedNodeName hostIP podIP startTime qosClass resize: string; observedGeneration: int; conditions: [Condition] by type; hostIPs: [PodIp]; podIPs: [PodIp] by ip; initContainerStatuses containerStatuses ephemeralContainerStatuses resourceClaimStatuses: [any]; extendedResourceClaimStatus resources allocatedResources: any
PodIp; ip: string
HorizontalPodAutoscaler; spec*: AutoscalerSpec; status: AutoscalerStatus
AutoscalerSpec; scaleTargetRef*: ScaleTarget; minReplicas: 1.. = 1; maxReplicas*: 1..; metrics: [AutoscalerMetric]; behavior: AutoscalerBehavior
ScaleTarget; apiVersion: string; kind* name*: string
AutoscalerMetric; type*: string; resource: ResourceMetric; containerResource pods object external: any
ResourceMetric; name*: string; target*: MetricTarget
MetricTarget; type*: AverageValue|Utilization|Value; averageUtilization: 1..; averageValue value: quantity
AutoscalerBehavior; scaleUp scaleDown: ScalingRules
ScalingRules; stabilizationWindowSeconds: 0..; selectPolicy: Disabled|Max|Min; policies: [ScalingPolicy]!; tolerance: quantity
ScalingPolicy; type*: Percent|Pods; value*: 1..; periodSeconds*: 1..
AutoscalerStatus; observedGeneration currentReplicas desiredReplicas: int; lastScaleTime: time; currentMetrics: [any]; conditions: [Condition] by type
PodDisruptionBudget; spec: DisruptionSpec = {}; status: DisruptionStatus
DisruptionSpec; minAvailable maxUnavailable: intstr; selector: LabelSelector!; unhealthyPodEvictionPolicy: AlwaysAllow|IfHealthyBudget
DisruptionStatus; observedGeneration disruptionsAllowed currentHealthy desiredHealthy expectedPods: int; disruptedPods: {time}; conditions: [Condition] by type
Role; rules: [PolicyRule] = null
ClusterRole; rules: [PolicyRule] = null; aggregationRule: any
PolicyRule; verbs* apiGroups resources resourceNames nonResourceURLs: [string]
RoleBinding; subjects: [Subject]; roleRef*: RoleRef
ClusterRoleBinding; subjects: [Subject]; roleRef*: RoleRef
Subject; kind*: Group|ServiceAccount|User; apiGroup namespace: string; name*: string
RoleRef; apiGroup: string = rbac.authorization.k8s.io; kind*: ClusterRole|Role; name*: string
TokenReview; spec: TokenReviewSpec = {}; status: any
TokenReviewSpec; token: string; audiences: [string]
SubjectAccessReview; spec*: AccessSpec; status: any
AccessSpec; resourceAttributes: ResourceAttributes; nonResourceAttributes: NonResourceAttributes; user uid: string; groups: [string]; extra: any
ResourceAttributes; namespace verb group version resource subresource name: string; fieldSelector labelSelector: any
NonResourceAttributes; path verb: string
CustomResourceDefinition; status: CrdStatus; spec*: CrdSpec
CrdSpec; preserveUnknownFields: bool; group*: string; scope*: Cluster|Namespaced; names*: CrdNames; versions*: [CrdVersion]; conversion: CrdConversion = {}
CrdNames; singular listKind: string; shortNames categories: [string]; plural* kind*: string
CrdVersion; deprecationWarning: string; served storage deprecated: bool; schema: CrdSchema; subresources: CrdSubresources; additionalPrinterColumns: [CrdColumn]; selectableFields: [any]; name*: string
CrdSchema; openAPIV3Schema: any
CrdSubresources; status: any; scale: CrdScale
CrdScale; specReplicasPath statusReplicasPath labelSelectorPath: string
CrdColumn; name type format description jsonPath: string; priority: int
CrdConversion; webhook: any; strategy: string = None
CrdStatus; acceptedNames: CrdNames; storedVersions: [string]; conditions: [Condition] by type; observedGeneration: int
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

const scalars: Readonly<Record<string, JsonSchema>> = {
  any: { "x-kubernetes-preserve-unknown-fields": true },
  string: { type: "string" },
  int: { type: "integer" },
  bool: { type: "boolean" },
  intstr: { "x-kubernetes-int-or-string": true },
  quantity: { "x-kubernetes-int-or-string": true, format: "x-quantity" },
  bytes: { type: "string", format: "x-bytes" },
  time: { type: "string", format: "date-time" },
  microtime: { type: "string", format: "x-micro-time" },
  Port: { type: "integer", minimum: 1, maximum: 65_535 },
  Protocol: { type: "string", enum: ["SCTP", "TCP", "UDP"], default: "TCP" },
  ObjectMeta: objectMeta,
};

const listSchema = (source: string): JsonSchema => {
  const end = source.indexOf("]");
  const list: JsonSchema = { type: "array", items: typeSchema(source.slice(1, end)) };
  const [word, rest = ""] = source.slice(end + 2).split(" ");
  if (word === "set") return { ...list, "x-kubernetes-list-type": "set" };
  if (word === "to") return { ...list, maxItems: Number(rest) };
  return word === "by"
    ? { ...list, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": rest.split(",") }
    : list;
};

const typeSchema = (source: string): JsonSchema => {
  if (source.endsWith("!")) return { ...typeSchema(source.slice(0, -1)), "x-kubernetes-map-type": "atomic" };
  if (source.startsWith("{")) return { type: "object", additionalProperties: typeSchema(source.slice(1, -1)) };
  if (source.startsWith("[")) return listSchema(source);
  if (source.endsWith("..")) return { type: "integer", minimum: Number(source.slice(0, -2)) };
  if (source.includes("|")) return { type: "string", enum: source.split("|") };
  return scalars[source] ?? structSchema(source);
};

/** A word stands for itself; anything else is JSON. */
const defaultOf = (source: string): Json => (/^(?!null)[^\d"[{]/.test(source) ? source : (JSON.parse(source) as Json));

const compiled = new Map<string, JsonSchema>();

const structSchema = (name: string): JsonSchema => {
  const known = compiled.get(name);
  if (known) return known;
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const field of definitions.get(name) ?? []) {
    const [members = "", rest = ""] = field.split(": ");
    const [type = "", initial] = rest.split(" = ");
    const plain = typeSchema(type);
    const schema =
      initial === undefined ? plain : { ...plain, default: defaultOf(initial), nullable: initial === "null" };
    for (const member of members.split(" ")) {
      const bare = member.replace("*", "");
      properties[bare] = schema;
      if (bare !== member) required.push(bare);
    }
  }
  const schema: JsonSchema = { type: "object", properties, required };
  compiled.set(name, schema);
  return schema;
};

/** The schema of a whole object of a built-in kind. */
export const schemaOfKind = (kind: string): CompiledSchema => builtInSchema(structSchema(kind));
