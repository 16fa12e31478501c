import { applyTo } from "../apply/managed-fields.ts";
import { badRequest, invalid, notFound, unprocessable } from "../http/api-error.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { parseBody } from "../http/media-type.ts";
import { isObject, type Json, type JsonObject } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { parsePatch, patched, patchKind } from "../patch/patch.ts";
import { keyOf } from "../storage/storage.ts";
import type { Cluster } from "./cluster.ts";
import { asVersion, authorOf, createObject, find, fitted, objectOf, updateObject } from "./write.ts";

export interface Outcome {
  readonly code: number;
  readonly object: KubeObject;
}

export const handleCreate = (cluster: Cluster, request: ApiRequest): Outcome => {
  const sent = objectOf(parseBody(request.body, request.incoming.headers["content-type"]), request);
  return { code: 201, object: createObject(cluster, request, sent) };
};

export const handleReplace = (cluster: Cluster, request: ApiRequest): Outcome => {
  const sent = objectOf(parseBody(request.body, request.incoming.headers["content-type"]), request);
  return { code: 200, object: updateObject(cluster, request, { old: find(cluster, request), sent }) };
};

const withoutNulls = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value))
    if (member !== null && member !== undefined) kept[name] = withoutNulls(member);
  return kept;
};

const handleApply = (cluster: Cluster, request: ApiRequest): Outcome => {
  const { resource, namespace, name = "", query, subresource } = request;
  if (!query.get("fieldManager")) {
    throw unprocessable(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const given = parsePatch("apply", request.body);
  const sent = fitted(objectOf(withoutNulls(given), request), request);
  if (sent.metadata.managedFields) throw badRequest("metadata.managedFields must be nil");
  const stored = cluster.storage.get(resource.storageKey, keyOf(namespace, name));
  if (!stored && subresource !== undefined) throw notFound(resource, name);
  const old = stored && asVersion(stored, resource);
  if (!old && sent.metadata.uid)
    throw invalid(resource, name, [
      { path: "metadata.uid", type: "Invalid", value: sent.metadata.uid, detail: "cannot be given for a new object" },
    ]);
  const own = { ...sent };
  // A main resource can't own the status, nor the status subresource anything else.
  if (subresource === "status")
    for (const member of Object.keys(own))
      if (!["apiVersion", "kind", "metadata", "status"].includes(member)) Reflect.deleteProperty(own, member);
  if (subresource === undefined && resource.status) delete own["status"];
  const author = { ...authorOf(cluster, request), force: query.get("force") === "true" };
  const { object, managedFields } = applyTo(old, own, resource, author);
  if (!old) return { code: 201, object: createObject(cluster, request, object, managedFields) };
  const metadata = {
    ...object.metadata,
    resourceVersion: sent.metadata.resourceVersion ?? old.metadata.resourceVersion ?? "",
  };
  return {
    code: 200,
    object: updateObject(cluster, request, { old, sent: structuredClone({ ...object, metadata }), managedFields }),
  };
};

export const handlePatch = (cluster: Cluster, request: ApiRequest): Outcome => {
  const kind = patchKind(request.incoming.headers["content-type"]);
  if (kind === "apply") return handleApply(cluster, request);
  if (request.query.has("force")) throw badRequest("force: Forbidden: may not be specified for non-apply patch");
  const old = find(cluster, request);
  const changed = patched(old, parsePatch(kind, request.body), kind, request.resource);
  return { code: 200, object: updateObject(cluster, request, { old, sent: objectOf(changed, request) }) };
};
