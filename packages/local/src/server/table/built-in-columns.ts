import { at, type Json, listAt, numberAt, objectAt, objectsAt, shown, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Column } from "../kinds/resource.ts";
import { ageColumn, since } from "./age.ts";
import { podReady, podRestarts, podStatus } from "./pod-columns.ts";

type Cell = (object: KubeObject, now: number) => Json;

const none = "<none>";
const joined = (texts: readonly string[]): string => texts.join(",") || none;

/** `-` before a name: only `-o wide` shows it. A cell that is a text is the path of the value to show. */
const column = (name: string, cell: Cell | string): Column => ({
  name: name.replace(/^-/, ""),
  type: "string",
  priority: name.startsWith("-") ? 1 : 0,
  cell: typeof cell === "string" ? (object) => at(object, ...cell.split(".")) ?? none : cell,
});

const count = (name: string, cell: Cell | string): Column => ({
  ...column(name, typeof cell === "string" ? (object) => numberAt(object, ...cell.split(".")) ?? 0 : cell),
  type: "integer",
});

const labels =
  (...path: readonly string[]): Cell =>
  (object) =>
    joined(Object.entries(objectAt(object, ...path) ?? {}).map(([key, value]) => `${key}=${shown(value)}`));
const ofContainers =
  (name: string): Cell =>
  (object) =>
    joined(objectsAt(object, "spec", "template", "spec", "containers").map((container) => shown(container[name])));
const template = [
  column("-Containers", ofContainers("name")),
  column("-Images", ofContainers("image")),
  column("-Selector", labels("spec", "selector", "matchLabels")),
];

const nodeStatus: Cell = (node) => {
  const ready = objectsAt(node, "status", "conditions").find(({ type }) => type === "Ready");
  const status = ready?.["status"] === "True" ? "Ready" : ready ? "NotReady" : "Unknown";
  return at(node, "spec", "unschedulable") === true ? `${status},SchedulingDisabled` : status;
};
const rolePrefix = "node-role.kubernetes.io/";
const nodeRoles: Cell = ({ metadata }) => {
  const roles = Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith(rolePrefix));
  return joined(roles.map((key) => key.slice(rolePrefix.length)));
};
const nodeAddress: Cell = (node) =>
  objectsAt(node, "status", "addresses").find(({ type }) => type === "InternalIP")?.["address"] ?? none;

const servicePorts: Cell = (service) =>
  joined(objectsAt(service, "spec", "ports").map(({ port, protocol }) => `${shown(port)}/${shown(protocol)}`));

/** At most three, and how many more there are. */
const few = (items: readonly string[]): string => {
  if (items.length === 0) return "<unset>";
  return items.length > 3 ? `${items.slice(0, 3).join(",")} + ${items.length - 3} more...` : items.join(",");
};
const slicePorts: Cell = (slice) => few(objectsAt(slice, "ports").map(({ port }) => shown(port)));
const sliceAddresses: Cell = (slice) =>
  few(objectsAt(slice, "endpoints").flatMap((endpoint) => listAt(endpoint, "addresses").map(shown)));

const lastSeen: Cell = (event, now) =>
  since(event["lastTimestamp"] ?? event["eventTime"] ?? event.metadata.creationTimestamp, now);
const involved: Cell = (event) => {
  const { kind, name } = objectAt(event, "involvedObject") ?? {};
  return `${shown(kind).toLowerCase()}/${shown(name)}`;
};

const size =
  (...parts: readonly string[]): Cell =>
  (object) =>
    parts.reduce((sum, part) => sum + Object.keys(objectAt(object, part) ?? {}).length, 0);

const createdAt = column("Created At", "metadata.creationTimestamp");
const subjects =
  (kind: string): Cell =>
  (binding) =>
    objectsAt(binding, "subjects")
      .filter((subject) => subject["kind"] === kind)
      .map(({ name, namespace }) => (namespace === undefined ? shown(name) : `${shown(namespace)}/${shown(name)}`))
      .join(", ");
const binding = [
  column("Role", (object) => `${shown(at(object, "roleRef", "kind"))}/${shown(at(object, "roleRef", "name"))}`),
  ageColumn,
  column("-Users", subjects("User")),
  column("-Groups", subjects("Group")),
  column("-ServiceAccounts", subjects("ServiceAccount")),
];

const columns: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    column("Ready", podReady),
    column("Status", podStatus),
    column("Restarts", podRestarts),
    ageColumn,
    column("-IP", "status.podIP"),
    column("-Node", "spec.nodeName"),
  ],
  Role: [createdAt],
  ClusterRole: [createdAt],
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  Namespace: [column("Status", "status.phase"), ageColumn],
  Node: [
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    ageColumn,
    column("Version", "status.nodeInfo.kubeletVersion"),
    column("-Internal-IP", nodeAddress),
  ],
  Deployment: [
    column(
      "Ready",
      (object) => `${numberAt(object, "status", "readyReplicas") ?? 0}/${numberAt(object, "spec", "replicas") ?? 0}`,
    ),
    count("Up-to-date", "status.updatedReplicas"),
    count("Available", "status.availableReplicas"),
    ageColumn,
    ...template,
  ],
  ReplicaSet: [
    count("Desired", "spec.replicas"),
    count("Current", "status.replicas"),
    count("Ready", "status.readyReplicas"),
    ageColumn,
    ...template,
  ],
  Service: [
    column("Type", "spec.type"),
    column("Cluster-IP", "spec.clusterIP"),
    column("External-IP", "spec.externalName"),
    column("Port(s)", servicePorts),
    ageColumn,
    column("-Selector", labels("spec", "selector")),
  ],
  EndpointSlice: [
    column("AddressType", "addressType"),
    column("Ports", slicePorts),
    column("Endpoints", sliceAddresses),
    ageColumn,
  ],
  ConfigMap: [count("Data", size("data", "binaryData")), ageColumn],
  Secret: [column("Type", "type"), count("Data", size("data")), ageColumn],
  Lease: [column("Holder", "spec.holderIdentity"), ageColumn],
  CustomResourceDefinition: [column("Created At", "metadata.creationTimestamp")],
  Event: [
    column("Last Seen", lastSeen),
    column("Type", "type"),
    column("Reason", "reason"),
    column("Object", involved),
    column("Message", (event) => (stringAt(event, "message") ?? "").trim()),
    column("-Name", "metadata.name"),
  ],
};

export const columnsOf = (kind: string): readonly Column[] => columns[kind] ?? [];
