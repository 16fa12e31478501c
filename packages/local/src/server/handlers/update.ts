import { applyTo } from "../apply/managed-fields.ts";
import { withoutNulls } from "../apply/merge.ts";
import { ApiError, badRequest, conflict, notFound } from "../http/api-error.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { parseBody } from "../http/media-type.ts";
import { stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { apiVersionOf } from "../kinds/resource.ts";
import { parsePatch, patched, patchKind } from "../patch/patch.ts";
import { keyOf } from "../storage/storage.ts";
import type { Cluster } from "./cluster.ts";
import { asVersion, authorOf, createObject, find, objectOf, updateObject } from "./write.ts";

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
  const { resource, namespace, name = "" } = request;
  const creates = resource.builtIn && /^(Event|Lease|Service)$/.test(resource.kind);
  if (creates && !cluster.storage.get(resource.storageKey, keyOf(namespace, name)))
    return { code: 201, object: createObject(cluster, request, sent) };
  return { code: 200, object: updateObject(cluster, request, { old: find(cluster, request), sent }) };
};

/** Server-side apply takes only what the schema knows. The real server's answer is a 500 as well. */
const checkTyped = (sent: KubeObject, { resource, namespace, name = "" }: ApiRequest): void => {
  const unknown = resource.schema.unknownFields(sent).map((path) => `.${path}: field not declared in schema`);
  const mistyped = resource.schema.validate(withoutNulls(sent)).filter(({ type }) => type === "TypeInvalid");
  const [fault] = [...unknown, ...mistyped.map((error) => `.${error.path}: ${error.detail}`)];
  if (fault === undefined) return;
  const what = `${namespace ?? ""}/${name}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
  throw new ApiError(500, "", `failed to create typed patch object (${what}): ${fault}`);
};

const handleApply = (cluster: Cluster, request: ApiRequest): Outcome => {
  const { resource, namespace, name = "", query, subresource } = request;
  const given = parsePatch("apply", request.body);
  if (stringAt(given, "metadata", "name") === undefined) throw badRequest("metadata.name must be given");
  const sent = objectOf(given, request);
  checkTyped(sent, request);
  if (sent.metadata.managedFields) throw badRequest("metadata.managedFields must be nil");
  const stored = cluster.storage.get(resource.storageKey, keyOf(namespace, name));
  if (!stored && subresource !== undefined) throw notFound(resource, name);
  const old = stored && asVersion(stored, resource);
  if (!old && sent.metadata.uid)
    throw conflict(resource, name, "uid mismatch: the provided object specified uid, and no existing object was found");
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
  const old = find(cluster, request);
  const changed = patched(old, parsePatch(kind, request.body), kind, request.resource);
  return { code: 200, object: updateObject(cluster, request, { old, sent: objectOf(changed, request) }) };
};
