import { methodNotAllowed, notImplemented, unknownPath } from "../http/api-error.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { renderingOf } from "../http/media-type.ts";
import { checkOptions } from "../http/options.ts";
import { rendered, send, textOf } from "../http/respond.ts";
import type { JsonObject } from "../json/json.ts";
import type { Cluster } from "./cluster.ts";
import { handleDelete, handleDeleteCollection } from "./delete.ts";
import { handleFinalize } from "./finalize.ts";
import { handleList } from "./list.ts";
import { handleBinding, handleLog } from "./pods.ts";
import { handleReview, handleTokenRequest } from "./reviews.ts";
import { handleScale } from "./scale.ts";
import { handleCreate, handlePatch, handleReplace, type Outcome } from "./update.ts";
import { handleWatch } from "./watch.ts";
import { find } from "./write.ts";

type Handler = (cluster: Cluster, request: ApiRequest) => void;

const plain =
  (handle: (cluster: Cluster, request: ApiRequest) => JsonObject, code = 200): Handler =>
  (cluster, request) => {
    const answer = handle(cluster, request);
    send(request.outgoing, code, JSON.stringify(answer), request.warnings);
  };

const asObject =
  (handle: (cluster: Cluster, request: ApiRequest) => Outcome): Handler =>
  (cluster, request) => {
    const { resource, query, incoming, outgoing, warnings } = request;
    const rendering = renderingOf(incoming.headers.accept);
    const { code, object } = handle(cluster, request);
    send(outgoing, code, textOf(rendered(object, { resource, rendering, query, now: cluster.now() })), warnings);
  };

const get = asObject((cluster, request) => ({ code: 200, object: find(cluster, request) }));

const collection: Readonly<Record<string, Handler>> = {
  GET: handleList,
  POST: asObject(handleCreate),
  DELETE: plain(handleDeleteCollection),
};
const single: Readonly<Record<string, Handler>> = {
  GET: get,
  PUT: asObject(handleReplace),
  PATCH: asObject(handlePatch),
  DELETE: plain(handleDelete),
};
const status: Readonly<Record<string, Handler>> = {
  GET: get,
  PUT: asObject(handleReplace),
  PATCH: asObject(handlePatch),
};
const scale: Readonly<Record<string, Handler>> = {
  GET: plain(handleScale),
  PUT: plain(handleScale),
  PATCH: plain(handleScale),
};
const review: Readonly<Record<string, Handler>> = { POST: plain(handleReview, 201) };
const actions: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  binding: { POST: plain(handleBinding, 201) },
  log: { GET: handleLog },
  token: { POST: plain(handleTokenRequest, 201) },
  finalize: { PUT: plain(handleFinalize) },
};
const unsupported = new Set(["attach", "eviction", "ephemeralcontainers", "exec", "portforward", "proxy", "resize"]);

const handlersOf = ({ resource, name, subresource }: ApiRequest): Readonly<Record<string, Handler>> => {
  if (resource.review) return name === undefined ? review : {};
  if (name === undefined) return collection;
  if (subresource === undefined) return single;
  if (subresource === "status" && resource.status) return status;
  if (subresource === "scale" && resource.scale) return scale;
  const action = resource.actions.includes(subresource) ? actions[subresource] : undefined;
  if (action) return action;
  if (resource.builtIn && unsupported.has(subresource))
    throw notImplemented(`this server doesn't support ${resource.plural}/${subresource}`);
  throw unknownPath();
};

export const dispatch = (cluster: Cluster, request: ApiRequest): void => {
  const { incoming, query, resource, name, namespace } = request;
  const method = incoming.method ?? "GET";
  const handlers = handlersOf(request);
  checkOptions(request);
  if (method === "GET" && !resource.review && name === undefined && ["true", "1"].includes(query.get("watch") ?? "")) {
    handleWatch(cluster, request);
    return;
  }
  const handler = handlers[method];
  const unscoped = resource.namespaced && namespace === undefined && method !== "GET";
  if (!handler || unscoped)
    throw methodNotAllowed(
      `the server does not allow this method on the requested resource: ${method} ${resource.plural}${name === undefined ? "" : `/${name}`}`,
    );
  handler(cluster, request);
};
