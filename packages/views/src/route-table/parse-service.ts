import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { fields, integer, list, text } from "../read/index.ts";

/** What matters of a Service for reaching it. */
export interface Service {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly preferIPv6: boolean;
  readonly ports: readonly ServicePort[];
}

export interface ServicePort {
  readonly port: number;
  /** Empty when it has none: then the slices' port has none either. */
  readonly name: string;
  readonly appProtocol: string | undefined;
  readonly protocol: string;
}

export function parseService(object: KubeObject): Service {
  const spec = fields(object.spec);
  return {
    key: nameKey(object.metadata),
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    type: text(spec["type"]) ?? "ClusterIP",
    preferIPv6: list(spec["ipFamilies"])[0] === "IPv6",
    ports: list(spec["ports"]).map((p) => {
      const raw = fields(p);
      return {
        port: integer(raw["port"]) ?? 0,
        name: text(raw["name"]) ?? "",
        appProtocol: text(raw["appProtocol"]),
        protocol: text(raw["protocol"]) ?? "TCP",
      };
    }),
  };
}
