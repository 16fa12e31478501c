import {
  at,
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  objectsAt,
  shown,
  stringAt,
} from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Column } from "../kinds/resource.ts";
import { ageColumn, shortDuration, since } from "./age.ts";
import { podColumns } from "./pod-columns.ts";

type Cell = (object: KubeObject, now: number) => Json;

/** `-` before a name: only `-o wide` shows it. */
const column = (name: string, cell: Cell, type: Column["type"] = "string"): Column => ({
  name: name.replace(/^-/, ""),
  type,
  priority: name.startsWith("-") ? 1 : 0,
  cell,
});
const path =
  (...names: readonly string[]): Cell =>
  (object) =>
    at(object, ...names) ?? "<none>";
const number =
  (...names: readonly string[]): Cell =>
  (object) =>
    numberAt(object, ...names) ?? 0;
const orNone = (text: string): string => (text === "" ? "<none>" : text);

const pairs = (labels: JsonObject | undefined): string =>
  orNone(
    Object.entries(labels ?? {})
      .map(([key, value]) => `${key}=${shown(value)}`)
      .join(","),
  );
const templateParts =
  (name: string): Cell =>
  (object) =>
    objectsAt(object, "spec", "template", "spec", "containers")
      .map((container) => stringAt(container, name) ?? "")
      .join(",");
const template = [
  column("-Containers", templateParts("name")),
  column("-Images", templateParts("image")),
  column("-Selector", (object) => pairs(objectAt(object, "spec", "selector", "matchLabels"))),
];

const nodeStatus: Cell = (node) => {
  const ready = objectsAt(node, "status", "conditions").find(({ type }) => type === "Ready");
  const status = ready?.["status"] === "True" ? "Ready" : ready ? "NotReady" : "Unknown";
  return at(node, "spec", "unschedulable") === true ? `${status},SchedulingDisabled` : status;
};
const rolePrefix = "node-role.kubernetes.io/";
const nodeRoles: Cell = ({ metadata }) =>
  orNone(
    Object.keys(metadata.labels ?? {})
      .filter((key) => key.startsWith(rolePrefix))
      .map((key) => key.slice(rolePrefix.length))
      .join(","),
  );
const nodeAddress =
  (wanted: string): Cell =>
  (node) =>
    stringAt(
      objectsAt(node, "status", "addresses").find(({ type }) => type === wanted),
      "address",
    ) ?? "<none>";
const nodeInfo =
  (name: string): Cell =>
  (node) =>
    stringAt(node, "status", "nodeInfo", name) ?? "<unknown>";

const servicePorts: Cell = (service) =>
  orNone(
    objectsAt(service, "spec", "ports")
      .map(
        ({ port, nodePort, protocol }) =>
          `${shown(port)}${nodePort === undefined ? "" : `:${shown(nodePort)}`}/${shown(protocol)}`,
      )
      .join(","),
  );
const externalAddress: Cell = (service) => {
  if (at(service, "spec", "type") === "ExternalName") return stringAt(service, "spec", "externalName") ?? "<none>";
  const ingress = objectsAt(service, "status", "loadBalancer", "ingress").map(
    (item) => stringAt(item, "ip") ?? stringAt(item, "hostname") ?? "",
  );
  const external = listAt(service, "spec", "externalIPs").map(shown);
  return (
    [...ingress, ...external].join(",") || (at(service, "spec", "type") === "LoadBalancer" ? "<pending>" : "<none>")
  );
};

/** At most three, and how many more there are. */
const few = (items: readonly string[]): string =>
  items.length > 3 ? `${items.slice(0, 3).join(",")} + ${items.length - 3} more...` : items.join(",");
const slicePorts: Cell = (slice) =>
  objectsAt(slice, "ports").length === 0 ? "<unset>" : few(objectsAt(slice, "ports").map(({ port }) => shown(port)));
const sliceEndpoints: Cell = (slice) => {
  const endpoints = objectsAt(slice, "endpoints");
  return endpoints.length === 0
    ? "<unset>"
    : few(endpoints.flatMap((endpoint) => listAt(endpoint, "addresses").map(shown)));
};

const eventTime = (event: KubeObject): Json | undefined =>
  event["lastTimestamp"] ?? event["eventTime"] ?? event["firstTimestamp"] ?? event.metadata.creationTimestamp;
const lastSeen: Cell = (event, now) => {
  const count = numberAt(event, "count") ?? 1;
  const first = stringAt(event, "firstTimestamp");
  const seen = since(eventTime(event), now);
  return count > 1 && first !== undefined ? `${seen} (x${count} over ${shortDuration(now - Date.parse(first))})` : seen;
};
const involved: Cell = (event) =>
  `${(stringAt(event, "involvedObject", "kind") ?? "").toLowerCase()}/${stringAt(event, "involvedObject", "name") ?? ""}`;

const size =
  (...parts: readonly string[]): Cell =>
  (object) =>
    parts.reduce((sum, part) => sum + Object.keys(objectAt(object, part) ?? {}).length, 0);

const columns: Readonly<Record<string, readonly Column[]>> = {
  Pod: podColumns,
  Namespace: [column("Status", path("status", "phase")), ageColumn],
  Node: [
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    ageColumn,
    column("Version", path("status", "nodeInfo", "kubeletVersion")),
    column("-Internal-IP", nodeAddress("InternalIP")),
    column("-External-IP", nodeAddress("ExternalIP")),
    column("-OS-Image", nodeInfo("osImage")),
    column("-Kernel-Version", nodeInfo("kernelVersion")),
    column("-Container-Runtime", nodeInfo("containerRuntimeVersion")),
  ],
  Deployment: [
    column(
      "Ready",
      (object) => `${numberAt(object, "status", "readyReplicas") ?? 0}/${numberAt(object, "spec", "replicas") ?? 0}`,
    ),
    column("Up-to-date", number("status", "updatedReplicas"), "integer"),
    column("Available", number("status", "availableReplicas"), "integer"),
    ageColumn,
    ...template,
  ],
  ReplicaSet: [
    column("Desired", number("spec", "replicas"), "integer"),
    column("Current", number("status", "replicas"), "integer"),
    column("Ready", number("status", "readyReplicas"), "integer"),
    ageColumn,
    ...template,
  ],
  Service: [
    column("Type", path("spec", "type")),
    column("Cluster-IP", path("spec", "clusterIP")),
    column("External-IP", externalAddress),
    column("Port(s)", servicePorts),
    ageColumn,
    column("-Selector", (object) => pairs(objectAt(object, "spec", "selector"))),
  ],
  EndpointSlice: [
    column("AddressType", path("addressType")),
    column("Ports", slicePorts),
    column("Endpoints", sliceEndpoints),
    ageColumn,
  ],
  ConfigMap: [column("Data", size("data", "binaryData"), "integer"), ageColumn],
  Secret: [column("Type", path("type")), column("Data", size("data"), "integer"), ageColumn],
  ServiceAccount: [column("Secrets", (object) => listAt(object, "secrets").length, "integer"), ageColumn],
  Lease: [column("Holder", path("spec", "holderIdentity")), ageColumn],
  CustomResourceDefinition: [column("Created At", (object) => object.metadata.creationTimestamp ?? "", "date")],
  Event: [
    column("Last Seen", lastSeen),
    column("Type", path("type")),
    column("Reason", path("reason")),
    column("Object", involved),
    column("-Subobject", (event) => stringAt(event, "involvedObject", "fieldPath") ?? ""),
    column("-Source", (event) =>
      [stringAt(event, "source", "component"), stringAt(event, "source", "host")].filter(Boolean).join(", "),
    ),
    column("Message", (event) => (stringAt(event, "message") ?? "").trim()),
    column("-First Seen", (event, now) => since(event["firstTimestamp"] ?? eventTime(event), now)),
    column("-Count", (event) => numberAt(event, "count") ?? 1, "integer"),
    column("-Name", path("metadata", "name")),
  ],
};

export const columnsOf = (kind: string): readonly Column[] => columns[kind] ?? [];
