import type { KubeObject } from "../object.ts";
import type { Refusal } from "../refusal.ts";
import { ipFamily, isPort, quote } from "../syntax.ts";
import type { IpFamily } from "../syntax.ts";
import type { NamedPort } from "./annotations.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The parts of a pod that its route is made from, with every fault that was found in them. */
export interface PodShape {
  readonly ports: readonly NamedPort[];
  readonly addresses: readonly PodAddress[];
  readonly nodeName: string | undefined;
  readonly phase: string;
  readonly ready: boolean;
}

export interface PodAddress {
  readonly family: IpFamily;
  readonly ip: string;
}

/** Reads a pod's spec and status without trusting their types: a manifest may hold anything. */
export function readPod(pod: KubeObject, faults: Refusal[]): PodShape {
  const reader = shapeReader(faults);
  const spec = reader.record(pod.spec, "spec");
  const status = reader.record(pod.status, "status");
  const conditions = reader.records(status["conditions"], "status.conditions");
  return {
    ports: [...containerPorts(reader, spec, "containers"), ...containerPorts(reader, spec, "initContainers")],
    addresses: podAddresses(reader, status),
    nodeName: reader.text(spec["nodeName"], "spec.nodeName"),
    phase: reader.text(status["phase"], "status.phase") ?? "Pending",
    ready: conditions.some((condition) => condition["type"] === "Ready" && condition["status"] === "True"),
  };
}

interface ShapeReader {
  record(value: unknown, field: string): Fields;
  records(value: unknown, field: string): readonly Fields[];
  text(value: unknown, field: string): string | undefined;
  fault(field: string, value: unknown, wanted: string): void;
}

function shapeReader(faults: Refusal[]): ShapeReader {
  const fault = (field: string, value: unknown, wanted: string): void => {
    faults.push({ reason: "InvalidPod", field, message: `${field} is ${quote(value)}; it must be ${wanted}` });
  };
  const record = (value: unknown, field: string): Fields => {
    if (value === undefined || value === null) return {};
    if (typeof value === "object" && !Array.isArray(value)) return value as Fields;
    fault(field, value, "an object");
    return {};
  };
  return {
    fault,
    record,
    records(value, field) {
      if (value === undefined || value === null) return [];
      if (Array.isArray(value)) return value.map((item: unknown, i) => record(item, `${field}[${String(i)}]`));
      fault(field, value, "a list");
      return [];
    },
    text(value, field) {
      if (value === undefined || value === null || value === "") return undefined;
      if (typeof value === "string") return value;
      fault(field, value, "a string");
      return undefined;
    },
  };
}

function containerPorts(reader: ShapeReader, spec: Fields, list: string): NamedPort[] {
  return reader.records(spec[list], `spec.${list}`).flatMap((container, i) => {
    // An init container serves only when it goes on running beside the others.
    if (list === "initContainers" && container["restartPolicy"] !== "Always") return [];
    const field = `spec.${list}[${String(i)}].ports`;
    return reader.records(container["ports"], field).flatMap((port, j): NamedPort[] => {
      const name = reader.text(port["name"], `${field}[${String(j)}].name`);
      if (name === undefined) return [];
      const number = port["containerPort"];
      if (!isPort(number)) {
        reader.fault(`${field}[${String(j)}].containerPort`, number, "a whole number from 1 to 65535");
        return [];
      }
      return [
        { name, port: number, protocol: reader.text(port["protocol"], `${field}[${String(j)}].protocol`) ?? "TCP" },
      ];
    });
  });
}

/** The first address of each family, the pod's primary one first. */
function podAddresses(reader: ShapeReader, status: Fields): PodAddress[] {
  const all = reader
    .records(status["podIPs"], "status.podIPs")
    .map((entry, i) => ({ field: `status.podIPs[${String(i)}].ip`, value: entry["ip"] }));
  const given = all.length > 0 ? all : [{ field: "status.podIP", value: status["podIP"] }];
  const addresses: PodAddress[] = [];
  for (const { field, value } of given) {
    const ip = reader.text(value, field);
    if (ip === undefined) continue;
    const family = ipFamily(ip);
    if (family === undefined) reader.fault(field, ip, "an IP address");
    else if (!addresses.some((known) => known.family === family)) addresses.push({ family, ip });
  }
  return addresses;
}

/**
 * The pod with no more than its route is made from, so that many of them can be kept: it parses to the same fact or the same
 * refusals. What is malformed is left as it is.
 */
export function leanPod(pod: KubeObject): KubeObject {
  const metadata = Object.fromEntries(Object.entries(pod.metadata).filter(([name]) => name !== "managedFields"));
  const lean: Record<string, unknown> = { apiVersion: pod.apiVersion, kind: pod.kind, metadata };
  const containers = (list: unknown): unknown => items(list, (one) => only(one, ["name", "ports", "restartPolicy"]));
  if (pod.spec !== undefined) {
    lean["spec"] = only(pod.spec, ["nodeName", "containers", "initContainers"], {
      containers,
      initContainers: containers,
    });
  }
  if (pod.status !== undefined) {
    lean["status"] = only(pod.status, ["phase", "podIP", "podIPs", "conditions"], {
      conditions: (list) => items(list, (one) => only(one, ["type", "status"])),
    });
  }
  return lean as unknown as KubeObject;
}

/** These fields of a value that is an object, some of them made lean in turn; any other value as it is. */
function only(
  value: unknown,
  fields: readonly string[],
  inner: Readonly<Record<string, (value: unknown) => unknown>> = {},
): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = fields.filter((name) => name in value).map((name) => [name, (value as Fields)[name]] as const);
  return Object.fromEntries(kept.map(([name, field]) => [name, inner[name]?.(field) ?? field]));
}

function items(value: unknown, lean: (item: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(lean) : value;
}
