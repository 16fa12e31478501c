import type { KubeObject } from "@headgate/api";
import { fields, list, text } from "../read/index.ts";
import { gatewayGroup, routeKinds } from "./parse-gateway.ts";
import type { RouteKind } from "./types.ts";

/** Lets routes of one namespace refer to Services of another; without a name, to all of them. */
export interface Grant {
  readonly fromKind: RouteKind;
  readonly fromNamespace: string;
  readonly toNamespace: string;
  readonly service: string | undefined;
}

/** The permissions of a ReferenceGrant that concern routes and Services. */
export function parseReferenceGrant(object: KubeObject): readonly Grant[] {
  const spec = fields(object.spec);
  const sources = list(spec["from"]).flatMap((f) => {
    const raw = fields(f);
    const fromNamespace = text(raw["namespace"]);
    if (text(raw["group"]) !== gatewayGroup || fromNamespace === undefined) return [];
    return routeKinds.flatMap((fromKind) => (text(raw["kind"]) === fromKind ? [{ fromKind, fromNamespace }] : []));
  });
  const services = list(spec["to"]).flatMap((t) => {
    const raw = fields(t);
    return (text(raw["group"]) ?? "") === "" && text(raw["kind"]) === "Service" ? [text(raw["name"])] : [];
  });
  const toNamespace = object.metadata.namespace ?? "";
  return sources.flatMap((source) => services.map((service) => ({ ...source, toNamespace, service })));
}
