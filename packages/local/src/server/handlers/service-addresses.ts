import { isIPv4 } from "node:net";
import { ApiError, invalid } from "../http/api-error.ts";
import { type JsonObject, listAt, objectAt, objectsAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Cluster } from "./cluster.ts";

const service = { group: "", plural: "services", kind: "Service" };

const allocateAddress = (cluster: Cluster, object: KubeObject, old: KubeObject | undefined): void => {
  const spec = objectAt(object, "spec");
  if (!spec) return;
  const before = stringAt(old, "spec", "clusterIP");
  // An update that doesn't name the address means the one that it has.
  const asked = stringAt(spec, "clusterIP") || (before ?? "");
  if (asked !== "" && asked !== "None" && asked !== before) {
    const refuse = (detail: string): ApiError =>
      invalid(service, object.metadata.name, [{ path: "spec.clusterIPs", type: "Invalid", value: [asked], detail }]);
    if (!isIPv4(asked) || !asked.startsWith("10.96."))
      throw refuse(
        `failed to allocate IP ${asked}: the provided IP (${asked}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`,
      );
    if (cluster.addresses.addressTaken(asked))
      throw refuse(`failed to allocate IP ${asked}: provided IP is already allocated`);
  }
  const address = asked === "" ? cluster.addresses.freeAddress() : asked;
  if (address === undefined) throw new ApiError(500, "InternalError", "failed to allocate a serviceIP: range is full");
  spec["clusterIP"] = address;
  spec["clusterIPs"] = [address];
  spec["ipFamilies"] ??= ["IPv4"];
  spec["ipFamilyPolicy"] ??= "SingleStack";
};

const portKey = (port: JsonObject): string => JSON.stringify([port["port"], port["protocol"]]);

const allocatePorts = (cluster: Cluster, object: KubeObject, old: KubeObject | undefined): void => {
  const held = new Map(objectsAt(old, "spec", "ports").map((port) => [portKey(port), port["nodePort"]]));
  const ports = objectsAt(object, "spec", "ports");
  const chosen = new Set(ports.flatMap((port) => (typeof port["nodePort"] === "number" ? [port["nodePort"]] : [])));
  for (const port of ports) {
    if (typeof port["nodePort"] === "number" && port["nodePort"] !== 0) continue;
    const nodePort = held.get(portKey(port)) ?? cluster.addresses.freePort(chosen);
    if (typeof nodePort !== "number")
      throw new ApiError(500, "InternalError", "failed to allocate a nodePort: range is full");
    chosen.add(nodePort);
    port["nodePort"] = nodePort;
  }
};

/** Gives a Service what the server allocates: its cluster address and its node ports. Changes the object. */
export const allocate = (cluster: Cluster, object: KubeObject, old: KubeObject | undefined): void => {
  const spec = objectAt(object, "spec");
  if (object.kind !== "Service" || object.apiVersion !== "v1" || !spec) return;
  const type = stringAt(spec, "type");
  if (type === "ExternalName") {
    for (const name of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) Reflect.deleteProperty(spec, name);
    return;
  }
  allocateAddress(cluster, object, old);
  if (listAt(spec, "clusterIPs")[0] === "None") return;
  const manual = type === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] === false;
  if ((type === "NodePort" || type === "LoadBalancer") && !manual) allocatePorts(cluster, object, old);
};
