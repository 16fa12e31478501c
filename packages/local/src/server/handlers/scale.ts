import { ApiError, badRequest, invalid } from "../http/api-error.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { parseBody } from "../http/media-type.ts";
import {
  at,
  clone,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  setAt,
  shown,
  stringAt,
} from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { schemaOfKind } from "../kinds/built-in-schemas.ts";
import type { Resource, ScalePaths } from "../kinds/resource.ts";
import { parsePatch, patched, patchKind } from "../patch/patch.ts";
import type { Cluster } from "./cluster.ts";
import { find, updateObject } from "./write.ts";

/** A label selector in its text form, as Scale shows it. */
const selectorText = (selector: Json | undefined): string => {
  if (typeof selector === "string") return selector;
  const labels = Object.entries(objectAt(selector, "matchLabels") ?? {}).map(
    ([key, value]) => `${key}=${shown(value)}`,
  );
  const expressions = listAt(selector, "matchExpressions").map((expression) => {
    const key = stringAt(expression, "key") ?? "";
    const operator = stringAt(expression, "operator");
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${listAt(expression, "values").map(shown).join(",")})`;
  });
  return [...labels, ...expressions].sort().join(",");
};

const scaleOf = (object: KubeObject, paths: ScalePaths): JsonObject => {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.selector && selectorText(at(object, ...paths.selector));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(object, ...paths.specReplicas) ?? 0 },
    status: { replicas: numberAt(object, ...paths.statusReplicas) ?? 0, ...(selector && { selector }) },
  };
};

const sentScale = (request: ApiRequest, current: JsonObject): Json => {
  const type = request.incoming.headers["content-type"];
  if (request.incoming.method === "PUT") return parseBody(request.body, type);
  const kind = patchKind(type);
  if (kind === "apply")
    throw new ApiError(
      415,
      "UnsupportedMediaType",
      "this server doesn't support server-side apply of the scale subresource",
    );
  const scale: Resource = { ...request.resource, builtIn: true, schema: schemaOfKind("Scale") };
  return patched(current, parsePatch(kind, request.body), kind, scale);
};

export const handleScale = (cluster: Cluster, request: ApiRequest): JsonObject => {
  const { resource } = request;
  const paths = resource.scale;
  if (!paths) throw badRequest(`${resource.plural} have no scale`);
  const old = find(cluster, request);
  const current = scaleOf(old, paths);
  if (request.incoming.method === "GET") return current;
  const sent = sentScale(request, current);
  if (!isObject(sent) || sent["kind"] !== "Scale" || sent["apiVersion"] !== "autoscaling/v1")
    throw badRequest("the body must be a Scale of autoscaling/v1");
  const replicas = at(sent, "spec", "replicas") ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas))
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: spec.replicas must be an integer`);
  const scaleKind = { group: "autoscaling", plural: resource.plural, kind: "Scale" };
  if (replicas < 0)
    throw invalid(scaleKind, old.metadata.name, [
      { path: "spec.replicas", type: "Invalid", value: replicas, detail: "must be greater than or equal to 0" },
    ]);
  const changed = clone(old);
  setAt(changed, paths.specReplicas, replicas);
  changed.metadata.resourceVersion =
    stringAt(sent, "metadata", "resourceVersion") ?? old.metadata.resourceVersion ?? "";
  return scaleOf(updateObject(cluster, request, { old, sent: changed }), paths);
};
