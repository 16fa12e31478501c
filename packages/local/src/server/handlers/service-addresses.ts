import { isIPv4 } from "node:net";
import { type ApiError, internalError, invalid, notImplemented } from "../http/api-error.ts";
import { type JsonObject, objectAt, objectsAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Cluster } from "./cluster.ts";

const service = { group: "", plural: "services", kind: "Service" };

const settle = (spec: JsonObject, address: string): void => {
  spec["clusterIP"] = address;
  spec["clusterIPs"] = [address];
  // Without a selector nobody knows what families the endpoints will be of.
  const any = address === "None" && spec["selector"] === undefined;
  spec["ipFamilies"] ??= any ? ["IPv4", "IPv6"] : ["IPv4"];
  spec["ipFamilyPolicy"] ??= any ? "RequireDualStack" : "SingleStack";
};

/** Gives a Service its cluster address. Changes the object. Throws a 501 for what would need ports of the nodes. */
export const allocate = (cluster: Cluster, object: KubeObject, old: KubeObject | undefined): void => {
  const spec = objectAt(object, "spec");
  if (object.kind !== "Service" || object.apiVersion !== "v1" || !spec) return;
  const type = stringAt(spec, "type");
  if (type === "ExternalName") {
    for (const name of ["clusterIP", "clusterIPs", "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy"])
      Reflect.deleteProperty(spec, name);
    return;
  }
  if (type !== "ClusterIP" || objectsAt(spec, "ports").some(({ nodePort }) => nodePort !== undefined))
    throw notImplemented("this server allocates no node ports: a Service's type must be ClusterIP or ExternalName");
  const before = stringAt(old, "spec", "clusterIP");
  // An update that doesn't name the address means the one that it has.
  const asked = stringAt(spec, "clusterIP") || (before ?? "");
  if (asked !== "" && asked !== "None" && asked !== before) {
    const refuse = (detail: string): ApiError =>
      invalid(service, object.metadata.name, [{ path: "spec.clusterIPs", type: "Invalid", value: [asked], detail }]);
    if (!isIPv4(asked) || !asked.startsWith("10.96."))
      throw refuse(`failed to allocate IP ${asked}: it is not in the range of valid IPs, 10.96.0.0/16`);
    if (cluster.addresses.taken(asked))
      throw refuse(`failed to allocate IP ${asked}: provided IP is already allocated`);
  }
  const address = asked === "" ? cluster.addresses.free() : asked;
  if (address === undefined) throw internalError("failed to allocate a serviceIP: range is full");
  settle(spec, address);
};
