import { randomUUID } from "node:crypto";
import { ApiError, badRequest, expired } from "../http/api-error.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { renderingOf } from "../http/media-type.ts";
import { send, textOf } from "../http/respond.ts";
import { type JsonObject, omit } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { apiVersionOf, type Resource } from "../kinds/resource.ts";
import { tableOf } from "../table/table.ts";
import type { Cluster, Page } from "./cluster.ts";
import { selectionOf } from "./selectors.ts";
import { asVersion } from "./write.ts";

const mostPages = 256;

/** A resourceVersion as a number; 0 when there is none. */
export const revisionOf = (text: string | null): number => {
  if (text === null || text === "") return 0;
  if (!/^\d+$/.test(text))
    throw badRequest(
      `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
};

/** A whole number among the query's parameters; 0 when it is absent. */
export const numberOf = (query: URLSearchParams, name: string): number => {
  const text = query.get(name) || "0";
  if (!/^-?\d+$/.test(text)) throw badRequest(`${name}: invalid value ${JSON.stringify(text)}`);
  return Number(text);
};

const checkRevision = ({ query }: ApiRequest, current: number): void => {
  const asked = revisionOf(query.get("resourceVersion"));
  const match = query.get("resourceVersionMatch");
  if (match === "Exact" && asked < current)
    throw expired(`The provided resource version ${asked} is too old: this server keeps only the newest one`);
  if (asked > current)
    throw new ApiError(504, "Timeout", `Too large resource version: ${asked}, current: ${current}`, {
      retryAfterSeconds: 1,
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    });
};

/** The objects that are still to come, as they were when the first page was read. */
const pageOf = (cluster: Cluster, request: ApiRequest): Page => {
  const { query, resource, namespace, name } = request;
  const token = query.get("continue");
  if (token) {
    if (query.get("resourceVersion"))
      throw badRequest("specifying resource version is not allowed when using continue");
    if (!token.startsWith("eyJydiI6")) throw badRequest("continue key is not valid");
    const page = cluster.pages.get(token);
    if (!page)
      throw expired(
        "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.",
      );
    return page;
  }
  checkRevision(request, cluster.storage.revision);
  const selects = selectionOf(query, resource);
  const rest = cluster.storage
    .list(resource.storageKey, namespace)
    .filter((object) => selects(object) && (name === undefined || name === object.metadata.name));
  return { revision: cluster.storage.revision, rest };
};

const remember = (pages: Map<string, Page>, page: Page): string => {
  const token = Buffer.from(JSON.stringify({ rv: page.revision, id: randomUUID() })).toString("base64url");
  pages.set(token, page);
  const [oldest] = pages.keys();
  if (pages.size > mostPages && oldest !== undefined) pages.delete(oldest);
  return token;
};

const bare = new WeakMap<KubeObject, JsonObject>();

/** The items of a list of a built-in kind say neither kind nor apiVersion, as those of the real server don't. */
export const itemOf = (object: KubeObject, resource: Resource): JsonObject => {
  if (!resource.builtIn) return asVersion(object, resource);
  let item = bare.get(object);
  if (!item) {
    item = omit(object, "kind", "apiVersion");
    bare.set(object, item);
  }
  return item;
};

export const handleList = (cluster: Cluster, request: ApiRequest): void => {
  const { resource, query, outgoing, incoming } = request;
  const rendering = renderingOf(incoming.headers.accept);
  const page = pageOf(cluster, request);
  const limit = numberOf(query, "limit");
  const shown = limit > 0 ? page.rest.slice(0, limit) : page.rest;
  const rest = limit > 0 ? page.rest.slice(limit) : [];
  const metadata = {
    resourceVersion: String(page.revision),
    ...(rest.length > 0 && {
      continue: remember(cluster.pages, { revision: page.revision, rest }),
      ...(!query.get("labelSelector") && !query.get("fieldSelector") && { remainingItemCount: rest.length }),
    }),
  };
  const view = { resource, rendering, query, now: cluster.now() };
  const whole = (object: KubeObject): KubeObject => asVersion(object, resource);
  const text =
    rendering === "table"
      ? JSON.stringify({ ...tableOf(shown.map(whole), view), metadata })
      : `{"kind":"${resource.kind}List","apiVersion":"${apiVersionOf(resource)}","metadata":${JSON.stringify(metadata)},"items":[${shown.map((object) => textOf(itemOf(object, resource))).join(",")}]}`;
  send(outgoing, 200, text);
};
