import type { KubeObject } from "@headgate/api";
import { fields, integer, list, text } from "../read/index.ts";
import type { Fields } from "../read/index.ts";

/** The part of a Service's endpoints that one EndpointSlice tells. */
export interface Slice {
  readonly service: string;
  readonly family: "IPv4" | "IPv6";
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  readonly members: readonly Member[];
}

export interface Member {
  readonly id: string;
  readonly address: string;
  readonly state: "ready" | "draining" | "away";
}

/** One slice; nothing for one that belongs to no Service or does not hold IP addresses. */
export function parseEndpointSlice(object: KubeObject): readonly Slice[] {
  const { namespace, labels } = object.metadata;
  const service = labels?.["kubernetes.io/service-name"];
  const family = object["addressType"];
  if (namespace === undefined || service === undefined || service === "" || (family !== "IPv4" && family !== "IPv6"))
    return [];
  return [
    {
      service: `${namespace}/${service}`,
      family,
      ports: list(object["ports"]).flatMap((p) => {
        const raw = fields(p);
        const port = integer(raw["port"]);
        return port === undefined || (text(raw["protocol"]) ?? "TCP") !== "TCP"
          ? []
          : [{ name: text(raw["name"]) ?? "", port }];
      }),
      members: list(object["endpoints"]).flatMap((e) => parseMember(fields(e))),
    },
  ];
}

function parseMember(raw: Fields): readonly Member[] {
  // All addresses of an endpoint are the same backend: the API says to use the first.
  const address = text(list(raw["addresses"])[0]);
  if (address === undefined) return [];
  return [{ id: text(fields(raw["targetRef"])["uid"]) ?? address, address, state: stateOf(fields(raw["conditions"])) }];
}

/**
 * Unknown readiness counts as ready, but not while the pod terminates: an old pod on its way out must not take a new request that another
 * pod can take. A pod that is said to be ready although it terminates belongs to a Service that publishes pods regardless.
 */
function stateOf(conditions: Fields): Member["state"] {
  const terminating = conditions["terminating"] === true;
  const ready = conditions["ready"] ?? !terminating;
  if (ready === true) return "ready";
  const serving = conditions["serving"] ?? conditions["ready"] ?? true;
  return terminating && serving === true ? "draining" : "away";
}
