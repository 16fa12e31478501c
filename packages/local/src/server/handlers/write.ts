import { randomInt, randomUUID } from "node:crypto";
import { formatFieldError } from "../../schema/index.ts";
import { type Author, updateManagers } from "../apply/managed-fields.ts";
import {
  alreadyExists,
  badRequest,
  conflict,
  ApiError,
  forbidden,
  invalid,
  invalidPatch,
  methodNotAllowed,
  modified,
  notFound,
} from "../http/api-error.ts";
import { type ApiRequest, isDryRun } from "../http/api-request.ts";
import { clone, equal, isObject, type Json, type JsonObject, listAt, omit, setAt, shown } from "../json/json.ts";
import type { KubeObject, ObjectMeta } from "../json/object.ts";
import { withoutEmpties } from "../kinds/merging.ts";
import { checkMetadata } from "../kinds/metadata-rules.ts";
import { crdStorageKey } from "../kinds/registry.ts";
import { apiVersionOf, type Resource } from "../kinds/resource.ts";
import { keyOf } from "../storage/storage.ts";
import { type Cluster, timestamp } from "./cluster.ts";
import { finishDefinition, markEstablished } from "./definitions.ts";
import { allocate } from "./service-addresses.ts";

/** The object as a version other than the stored one shows it: nothing but the name of the version differs. */
export const asVersion = (object: KubeObject, resource: Resource): KubeObject => {
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
};

export const find = (cluster: Cluster, { resource, namespace, name }: ApiRequest): KubeObject => {
  const found = cluster.storage.get(resource.storageKey, keyOf(namespace, name ?? ""));
  if (!found) throw notFound(resource, name ?? "");
  return asVersion(found, resource);
};

export const authorOf = (cluster: Cluster, { query, incoming, subresource }: ApiRequest): Author => ({
  manager: query.get("fieldManager") || (incoming.headers["user-agent"]?.split("/")[0] ?? "unknown"),
  subresource,
  time: timestamp(cluster.now()),
});

/** Whether a request is a patch other than an apply. */
const patches = ({ method, headers }: ApiRequest["incoming"]): boolean =>
  method === "PATCH" && headers["content-type"]?.startsWith("application/apply-patch") !== true;

/** What a body says that it is. Throws when that is not the request's kind. */
const typeOf = (sent: JsonObject, { resource, incoming }: ApiRequest): { kind: string; apiVersion: string } => {
  const wanted = apiVersionOf(resource);
  // The path says what an object is, where the body of a built-in kind doesn't.
  const { kind = "", apiVersion = wanted } =
    resource.builtIn && incoming.method !== "PATCH" ? { kind: resource.kind, ...sent } : sent;
  const refuse = patches(incoming) ? invalidPatch : badRequest;
  if (kind === "") throw badRequest("Object 'Kind' is missing in the body");
  if (kind !== resource.kind)
    throw refuse(`${shown(kind)} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${resource.kind}`);
  if (apiVersion !== wanted || (incoming.method === "PATCH" && sent["apiVersion"] === undefined))
    throw refuse(
      `the API version in the data (${shown(apiVersion)}) does not match the expected API version (${wanted})`,
    );
  return { kind: resource.kind, apiVersion: wanted };
};

/** Checks what a client sent as an object of the request's kind. The result is the caller's to change. */
export const objectOf = (sent: Json, request: ApiRequest): KubeObject => {
  const { resource, namespace, name } = request;
  if (!isObject(sent)) throw badRequest("the body must be an object");
  const type = typeOf(sent, request);
  const metadata = sent["metadata"] ?? {};
  if (!isObject(metadata)) throw badRequest("metadata must be an object");
  if (name !== undefined && (metadata["name"] ?? name) !== name)
    throw badRequest(
      `the name of the object (${shown(metadata["name"])}) does not match the name on the URL (${name})`,
    );
  if (!resource.namespaced && metadata["namespace"]) throw badRequest("namespace is not allowed on this type");
  if (namespace !== undefined && (metadata["namespace"] || namespace) !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  const meta: JsonObject = {
    ...metadata,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
  return clone({ ...sent, ...type, metadata: meta }) as KubeObject;
};

const handledAs = ({ kind, version }: Resource): string =>
  `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;

/** Drops what the kind doesn't know, and says so as `fieldValidation` asks. */
export const fitted = (object: KubeObject, { resource, query, warnings, incoming }: ApiRequest): KubeObject => {
  const unknown = resource.schema.unknownFields(object).map((path) => `unknown field ${JSON.stringify(path)}`);
  if (unknown.length === 0) return object;
  const mode = query.get("fieldValidation") ?? "Warn";
  if (mode === "Strict") {
    const text = `strict decoding error: ${unknown.join(", ")}`;
    throw patches(incoming) ? invalidPatch(text) : badRequest(`${handledAs(resource)}: ${text}`);
  }
  if (mode !== "Ignore") warnings.push(...unknown);
  return resource.schema.prune(object);
};

/**
 * The object with its defaults, its managers and what the server adds. Throws a 422 that says what is wrong with it or with its
 * change; a 400 for values of the wrong type that the real server's decoder would refuse.
 */
const completed = (
  cluster: Cluster,
  request: ApiRequest,
  { sent, managedFields }: Omit<Change, "old">,
  old: KubeObject | undefined,
): KubeObject => {
  const { resource, subresource, incoming } = request;
  const { schema } = resource;
  const given = resource.builtIn ? (withoutEmpties(sent, schema.root) as KubeObject) : sent;
  const object = clone(schema.applyDefaults(given));
  const errors = schema.validate(object, old);
  const mistyped = errors.filter(({ type }) => type === "TypeInvalid");
  const [undecodable] = mistyped.filter(({ path }) => resource.builtIn || path.startsWith("metadata"));
  if (undecodable) {
    const text = `${handledAs(resource)}: ${formatFieldError(undecodable)}`;
    throw patches(incoming) && resource.builtIn ? invalidPatch(text) : badRequest(text);
  }
  if (mistyped.length === 0) {
    resource.defaults(object);
    if (old && subresource === undefined) allocate(cluster, object, old);
    // What the server adds from here on is nobody's.
    const managers = managedFields ?? updateManagers(old, object, resource, authorOf(cluster, request));
    if (managers.length > 0) object.metadata.managedFields = managers;
    else delete object.metadata.managedFields;
    if (!old) resource.admit(object);
    if (!old && resource.firstStatus) object["status"] = resource.firstStatus(object);
    if (!old) allocate(cluster, object, old);
    errors.push(...checkMetadata(object, old, resource.nameRule));
    if (subresource === undefined || !resource.builtIn) errors.push(...resource.check(object, old));
  }
  if (errors.length > 0) throw invalid(resource, object.metadata.name, errors);
  return object;
};

const namespaces = "namespaces.";

const checkNamespace = (cluster: Cluster, { resource }: ApiRequest, metadata: ObjectMeta): void => {
  if (!resource.namespaced) return;
  const name = metadata.namespace ?? "";
  const namespace = cluster.storage.get(namespaces, keyOf(undefined, name));
  if (!namespace) throw notFound({ group: "", plural: "namespaces", kind: "Namespace" }, name);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const message = `unable to create new content in namespace ${name} because it is being terminated`;
  throw forbidden(resource, metadata.name, message, [
    { reason: "NamespaceTerminating", message: `namespace ${name} is being terminated`, field: "metadata.namespace" },
  ]);
};

const suffixLetters = "bcdfghjklmnpqrstvwxz2456789";
const suffix = (): string => Array.from({ length: 5 }, () => suffixLetters[randomInt(suffixLetters.length)]).join("");

const named = (object: KubeObject, resource: Resource): void => {
  const { metadata } = object;
  if (metadata.name) return;
  const prefix = metadata.generateName;
  if (!prefix)
    throw invalid(resource, "", [
      { path: "metadata.name", type: "Required", detail: "name or generateName is required" },
    ]);
  metadata.name = `${prefix.slice(0, 58)}${suffix()}`;
};

/** Stores a new object, or only says what it would be when the request is a dry run. */
export const createObject = (
  cluster: Cluster,
  request: ApiRequest,
  sent: KubeObject,
  managedFields?: JsonObject[],
): KubeObject => {
  const { resource } = request;
  const given = fitted(sent, request);
  const { metadata: meta } = given;
  if (meta.resourceVersion) throw new ApiError(500, "", "resourceVersion should not be set on objects to be created");
  named(given, resource);
  checkNamespace(cluster, request, meta);
  const definition = resource.builtIn
    ? undefined
    : cluster.storage.get(crdStorageKey, keyOf(undefined, resource.storageKey));
  if (definition?.metadata.deletionTimestamp !== undefined)
    throw methodNotAllowed("create not allowed while custom resource definition is terminating");

  for (const name of ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion", "generation"])
    Reflect.deleteProperty(meta, name);
  meta.uid = randomUUID();
  meta.creationTimestamp = timestamp(cluster.now());
  if (resource.counted) meta.generation = 1;
  if (resource.status && !resource.builtIn) delete given["status"];
  const object = completed(cluster, request, { sent: given, ...(managedFields && { managedFields }) }, undefined);
  const { metadata } = object;
  if (cluster.storage.get(resource.storageKey, keyOf(metadata.namespace, metadata.name)))
    throw alreadyExists(resource, metadata.name);
  if (resource.storageKey === crdStorageKey) markEstablished(object, timestamp(cluster.now()));
  if (isDryRun(request)) return object;
  return asVersion(cluster.storage.put(resource.storageKey, { ...object, apiVersion: resource.storedAs }), resource);
};

const kept = [
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generation",
  "generateName",
  "selfLink",
] as const;

/** Only the part that the request's subresource may write; the rest as it was. */
const writable = (object: KubeObject, old: KubeObject, { resource, subresource }: ApiRequest): KubeObject => {
  const metadata: ObjectMeta = { ...object.metadata };
  for (const name of kept) {
    if (old.metadata[name] === undefined) Reflect.deleteProperty(metadata, name);
    else Object.assign(metadata, { [name]: old.metadata[name] });
  }
  metadata.uid ??= old.metadata.uid ?? "";
  if (subresource === "status") {
    // A custom resource's status carries no metadata, a Deployment's no labels.
    const { managedFields = [], resourceVersion = "" } = metadata;
    const own = resource.builtIn ? metadata : { ...old.metadata, managedFields, resourceVersion };
    if (resource.kind === "Deployment") setAt(own, ["labels"], old.metadata.labels);
    return { ...old, metadata: own, status: object["status"] };
  }
  const whole: KubeObject = { ...object, metadata };
  if (resource.status) setAt(whole, ["status"], old["status"]);
  if (resource.storageKey === namespaces && subresource !== "finalize") setAt(whole, ["spec"], old["spec"]);
  return whole;
};

const withoutBookkeeping = (object: KubeObject): JsonObject => ({
  ...object,
  metadata: omit(object.metadata, "managedFields", "resourceVersion", "generation"),
});

/** What generation counts: everything but metadata (of a Deployment its annotations) and a status that is a subresource. */
const counted = (object: KubeObject, { status }: Resource): JsonObject => ({
  ...omit(object, "metadata", ...(status ? ["status"] : [])),
  ...(object.kind === "Deployment" && { annotations: object.metadata.annotations }),
});

/** Whether nothing keeps an object that is being deleted. */
export const isReleased = ({ metadata, ...rest }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).length === 0 &&
  (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  (rest.kind !== "Namespace" || listAt(rest, "spec", "finalizers").length === 0);

export interface Change {
  readonly old: KubeObject;
  readonly sent: KubeObject;
  /** The managed fields when server-side apply worked them out. */
  readonly managedFields?: JsonObject[];
}

const checkPreconditions = ({ resource, incoming }: ApiRequest, old: KubeObject, sent: ObjectMeta): void => {
  const { name, uid = "", resourceVersion } = old.metadata;
  if (sent.resourceVersion && sent.resourceVersion !== resourceVersion) throw modified(resource, name);
  if (!sent.resourceVersion && !resource.builtIn) {
    const detail = "must be specified for an update";
    throw invalid(resource, name, [{ path: "metadata.resourceVersion", type: "Invalid", value: 0, detail }]);
  }
  if (sent.uid && sent.uid !== uid && incoming.method === "PUT") {
    throw conflict(resource, name, `Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${uid}`);
  }
};

/** Stores a change of an object; the stored object as it was when nothing differs. Deletes it when its last finalizer went. */
export const updateObject = (
  cluster: Cluster,
  request: ApiRequest,
  { old, sent, managedFields }: Change,
): KubeObject => {
  const { resource } = request;
  checkPreconditions(request, old, sent.metadata);
  const next = writable(fitted(sent, request), old, request);
  next.metadata.resourceVersion = old.metadata.resourceVersion ?? "";
  const object = completed(cluster, request, { sent: next, ...(managedFields && { managedFields }) }, old);
  if (resource.storageKey === crdStorageKey) markEstablished(object, timestamp(cluster.now()));
  const changed = resource.counted && !equal(counted(object, resource), counted(old, resource));
  if (changed) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  const same =
    equal(withoutBookkeeping(object), withoutBookkeeping(old)) &&
    equal(object.metadata.managedFields, old.metadata.managedFields);
  if (same) return old;
  if (isDryRun(request)) return object;
  if (isReleased(object)) {
    removeObject(cluster, resource, object);
    return object;
  }
  return asVersion(cluster.storage.put(resource.storageKey, { ...object, apiVersion: resource.storedAs }), resource);
};

/** Takes an object out of the storage; `last` is its final state, which the watchers see. */
export const removeObject = (cluster: Cluster, resource: Resource, last: KubeObject): KubeObject => {
  const { namespace, name } = last.metadata;
  const stored = { ...last, apiVersion: resource.storedAs };
  const removed = cluster.storage.remove(resource.storageKey, keyOf(namespace, name), stored) ?? last;
  finishDefinition(cluster, resource);
  return asVersion(removed, resource);
};
