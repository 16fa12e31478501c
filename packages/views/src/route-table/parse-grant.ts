import type { KubeObject } from "@headgate/api";
import { fields, list, text } from "../read/index.ts";

/** Lets routes of one namespace refer to Services of another; without a name, to all of them. */
export interface Grant {
  readonly fromNamespace: string;
  readonly toNamespace: string;
  readonly service: string | undefined;
}

/** The permissions of a ReferenceGrant that concern HTTPRoutes and Services. */
export function parseReferenceGrant(object: KubeObject): readonly Grant[] {
  const spec = fields(object.spec);
  const sources = list(spec["from"]).flatMap((f) => {
    const raw = fields(f);
    const ours = text(raw["group"]) === "gateway.networking.k8s.io" && text(raw["kind"]) === "HTTPRoute";
    const namespace = text(raw["namespace"]);
    return ours && namespace !== undefined ? [namespace] : [];
  });
  const services = list(spec["to"]).flatMap((t) => {
    const raw = fields(t);
    return (text(raw["group"]) ?? "") === "" && text(raw["kind"]) === "Service" ? [text(raw["name"])] : [];
  });
  const toNamespace = object.metadata.namespace ?? "";
  return sources.flatMap((fromNamespace) => services.map((service) => ({ fromNamespace, toNamespace, service })));
}
