import { notImplemented } from "../http/api-error.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { renderingOf } from "../http/media-type.ts";
import { rendered, textOf, type View } from "../http/respond.ts";
import type { JsonObject } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { apiVersionOf } from "../kinds/resource.ts";
import type { StorageEvent } from "../storage/storage.ts";
import type { Cluster } from "./cluster.ts";
import { numberOf, revisionOf } from "./list.ts";
import { selectionOf, type Selects } from "./selectors.ts";
import { asVersion } from "./write.ts";

/** A client that lets this much pile up is cut off: it can list again. */
const backlogLimit = 64 * 1024 * 1024;

type Sends = (type: string, object: JsonObject) => void;

/** An event as a selection sees it: entering it is an addition, leaving it a deletion. */
const seen = (
  { type, object, previous }: StorageEvent,
  selects: Selects,
): readonly [string, KubeObject] | undefined => {
  const was = previous !== undefined && selects(previous);
  if (type === "DELETED") return was ? [type, object] : undefined;
  if (selects(object)) return [was ? "MODIFIED" : "ADDED", object];
  if (!was) return undefined;
  const { resourceVersion = "" } = object.metadata;
  return ["DELETED", { ...previous, metadata: { ...previous.metadata, resourceVersion } }];
};

const tooOld = (asked: number, oldest: number): JsonObject => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: `too old resource version: ${asked} (${oldest})`,
  reason: "Expired",
  code: 410,
});

/** Streams changes until the client leaves, the server closes, or `timeoutSeconds` have passed. */
export const handleWatch = (cluster: Cluster, request: ApiRequest): void => {
  const { resource, query, outgoing, incoming, namespace } = request;
  const { storage } = cluster;
  const rendering = renderingOf(incoming.headers.accept);
  const selection = selectionOf(query, resource);
  const selects: Selects = (object) =>
    (namespace === undefined || namespace === object.metadata.namespace) && selection(object);
  if (query.has("sendInitialEvents")) throw notImplemented("this server doesn't support sendInitialEvents");
  const revision = revisionOf(query.get("resourceVersion"));
  // Without a revision a watch begins with an ADDED for everything that there is.
  const fromState = revision === 0;
  const timeout = numberOf(query, "timeoutSeconds");
  const missed = fromState ? [] : storage.since(resource.storageKey, revision);

  outgoing.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-cache, private" });
  outgoing.flushHeaders();
  const emit: Sends = (type, object) => {
    outgoing.write(`{"type":"${type}","object":${textOf(object)}}\n`);
    if (outgoing.writableLength > backlogLimit) outgoing.destroy();
  };
  const show = (type: string, object: KubeObject): void => {
    const view: View = { resource, rendering, query, now: cluster.now() };
    emit(type, rendered(asVersion(object, resource), view));
  };
  if (!missed) {
    emit("ERROR", tooOld(revision, storage.revision));
    outgoing.end();
    return;
  }

  const pass = (event: StorageEvent): void => {
    if (event.revision <= revision) return;
    const event_ = seen(event, selects);
    if (event_) show(...event_);
  };
  const bookmark = (): void => {
    const resourceVersion = String(Math.max(storage.revision, revision));
    const metadata = { name: "", resourceVersion, creationTimestamp: null };
    show("BOOKMARK", { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } as unknown as KubeObject);
  };
  if (fromState)
    for (const object of storage.list(resource.storageKey, namespace)) if (selects(object)) show("ADDED", object);
  for (const event of missed) pass(event);
  const bookmarks = query.get("allowWatchBookmarks") === "true";
  const unsubscribe = storage.subscribe(resource.storageKey, pass);
  const ticker = bookmarks ? setInterval(bookmark, cluster.bookmarkIntervalMs) : undefined;
  const end = timeout > 0 ? setTimeout(() => outgoing.end(), timeout * 1000) : undefined;
  // A watch that is about to end says up to where it was told everything.
  const last = bookmarks && timeout > 2 ? setTimeout(bookmark, (timeout - 2) * 1000) : undefined;
  outgoing.on("close", () => {
    unsubscribe();
    clearInterval(ticker);
    clearTimeout(end);
    clearTimeout(last);
  });
};
