import { badRequest, invalid, unsupportedMediaType } from "../http/api-error.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { parseBody } from "../http/media-type.ts";
import { at, clone, isObject, type Json, type JsonObject, numberAt, objectAt } from "../json/json.ts";
import { listAt, setAt, shown, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { ScalePaths } from "../kinds/resource.ts";
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
    spec: { replicas: numberAt(object, ...paths.specReplicas) || undefined },
    status: { replicas: numberAt(object, ...paths.statusReplicas) ?? 0, ...(selector && { selector }) },
  };
};

const sentScale = (request: ApiRequest, current: JsonObject): Json => {
  const type = request.incoming.headers["content-type"];
  if (request.incoming.method === "PUT") return parseBody(request.body, type);
  const kind = patchKind(type);
  if (kind === "apply") throw unsupportedMediaType("a scale takes no application/apply-patch+yaml");
  // It has no list, so that a strategic patch is a merge patch; custom kinds take none.
  const plain = kind === "strategic" && request.resource.builtIn ? "merge" : kind;
  return patched(current, parsePatch(kind, request.body), plain, request.resource);
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
  const detail = "must be a whole number that is not negative";
  if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0)
    throw invalid(resource, old.metadata.name, [{ path: "spec.replicas", type: "Invalid", value: replicas, detail }]);
  const changed = clone(old);
  setAt(changed, paths.specReplicas, replicas);
  changed.metadata.resourceVersion =
    stringAt(sent, "metadata", "resourceVersion") ?? old.metadata.resourceVersion ?? "";
  return scaleOf(updateObject(cluster, request, { old, sent: changed }), paths);
};
