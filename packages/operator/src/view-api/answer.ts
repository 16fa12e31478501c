import type { IncomingHttpHeaders } from "node:http";

import type { Clock } from "@headgate/kube";

import { unauthorized } from "./caller.ts";
import type { Caller, Gatekeeper } from "./caller.ts";
import { discovery } from "./discovery.ts";
import { ApiFailure, unknownPath } from "./failure.ts";
import type { History } from "./history.ts";
import { listOf, wholeNumber } from "./list.ts";
import { openApi } from "./openapi.ts";
import { renderedList, renderedObject, renderingOf } from "./render.ts";
import { selectionOf } from "./selection.ts";
import type { ViewStore } from "./store.ts";
import { targetOf } from "./target.ts";
import type { Target } from "./target.ts";
import { watchLines } from "./watch.ts";

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

type ResourceTarget = Extract<Target, { readonly is: "resource" }>;

/** A document, or the lines of a watch. */
export type Answer =
  | { readonly body: object; readonly contentType?: string }
  | { readonly lines: AsyncGenerator<string, void>; readonly caller: Caller; readonly timeoutMs: number };

export interface Answering {
  readonly store: ViewStore;
  /** What a controller waits for before its rows are all there. */
  readonly waiting: (controller: string) => readonly string[];
  readonly gatekeeper: Gatekeeper;
  readonly clock: Pick<Clock, "after" | "random">;
}

const bookmarkMs = 60_000;
/** A watch that nobody limits ends by itself after half an hour to an hour, as those of an API server do. */
const longestWatchMs = 1_800_000;
/** The version that `kubectl version` shows. */
const version = { major: "1", minor: "36", gitVersion: "v1.36.0+headgate-views" };

/** The answer to a request. Throws ApiFailure for every other outcome. */
export async function answer({ method, url, headers, signal }: Asked, parts: Answering): Promise<Answer> {
  const caller = await parts.gatekeeper.identify(tokenOf(headers));
  if (Object.keys(headers).some((name) => name.startsWith("impersonate-"))) {
    throw new ApiFailure(403, "views can't be read on behalf of somebody else: impersonation is not supported");
  }
  if (method !== "GET") throw readOnly(method);
  const [path = "", ...rest] = url.split("?");
  const query = new URLSearchParams(rest.join("?"));
  const target = targetOf(path);
  if (target === undefined) throw unknownPath();
  if (target.is === "document") {
    await parts.gatekeeper.permit(caller, "get", target);
    refuseUnread(parts.store);
    return documentOf(target.segments, headers.accept, parts.store);
  }
  return resourceAnswer(caller, target, { query, accept: headers.accept, signal }, parts);
}

interface Wanted {
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly signal: AbortSignal;
}

async function resourceAnswer(
  caller: Caller,
  target: ResourceTarget,
  { query, accept, signal }: Wanted,
  { store, gatekeeper, waiting, clock }: Answering,
): Promise<Answer> {
  const { group, version: of, resource, namespace, name } = target;
  const isWatch = name === undefined && ["true", "1"].includes(query.get("watch") ?? "");
  const verb = isWatch ? "watch" : name === undefined ? "list" : "get";
  await gatekeeper.permit(caller, verb, namedIn(target, query));
  refuseUnread(store);
  const view = store.find(group, of, resource);
  if (view === undefined) throw unknownPath();
  refuseUnfinished(view, waiting);
  const rendering = renderingOf(accept, query);
  if (name !== undefined) {
    const object = view.objects.get(namespace === undefined ? name : `${namespace}/${name}`);
    if (object === undefined) throw new ApiFailure(404, `${resource}.${group} ${JSON.stringify(name)} not found`);
    return { body: renderedObject(object, rendering) };
  }
  const selects = selectionOf(query, namespace);
  if (!isWatch) {
    const { objects, metadata } = listOf(view, query, selects, store.versions);
    return { body: renderedList(objects, metadata, { kind: view.kind, rendering }) };
  }
  const timing = watchTiming(query, store, clock.random());
  const lines = watchLines(view, { ...timing, selects, rendering, versions: store.versions, clock, signal });
  return { lines, caller, timeoutMs: timing.timeoutMs };
}

function watchTiming(query: URLSearchParams, { versions }: ViewStore, chance: number) {
  const since = query.get("resourceVersion") ?? "";
  const marksInitial = query.get("sendInitialEvents") === "true";
  const asked = wholeNumber(query, "timeoutSeconds") * 1000;
  const own = longestWatchMs * (1 + chance);
  return {
    from: marksInitial || since === "" || since === "0" ? undefined : versions.parse(since),
    marksInitial,
    bookmarkMs: query.get("allowWatchBookmarks") === "true" ? bookmarkMs : undefined,
    timeoutMs: asked === 0 ? own : Math.min(asked, own),
  };
}

function tokenOf({ authorization = "" }: IncomingHttpHeaders): string {
  const token = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
  if (token === undefined)
    throw unauthorized("a bearer token is needed: a kubeconfig with one is made by headgate pipeline kubeconfig");
  return token;
}

function readOnly(method: string): ApiFailure {
  return new ApiFailure(
    405,
    `views are read-only (${method}): their objects are computed by the controllers of an Operator; change what these read`,
  );
}

function documentOf(segments: readonly string[], accept: string | undefined, store: ViewStore): Answer {
  const [first, second, ...rest] = segments;
  // A kubectl that finds no object looks whether there is the namespace: it should believe that there is.
  if (first === "api" && second !== undefined) throw new ApiFailure(501, "nothing but views is served here");
  if (first === "version" && second === undefined) return { body: version };
  const found =
    first === "openapi" && second === "v3"
      ? wrapped(openApi(rest, store.kinds()))
      : discovery(segments, store.kinds(), accept);
  if (found === undefined) throw unknownPath();
  return found;
}

function wrapped(body: object | undefined): { readonly body: object } | undefined {
  return body && { body };
}

/** A field selector for one name is a question about that name, to roles as well. */
function namedIn(target: ResourceTarget, query: URLSearchParams): ResourceTarget {
  if (target.name !== undefined) return target;
  const name = /^metadata\.name==?([^,!=]+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
  return name === undefined ? target : { ...target, name };
}

/** Before that there seems to be no view at all. */
function refuseUnread(store: ViewStore): void {
  if (!store.isRead()) throw new ApiFailure(503, "the Operators of the cluster have not been read yet", 1);
}

/** Half a view would look like a whole one. */
function refuseUnfinished({ kind: { kind, controllers } }: History, waiting: Answering["waiting"]): void {
  const missing = [...new Set(controllers.flatMap((id) => waiting(id)))];
  if (missing.length === 0) return;
  throw new ApiFailure(503, `the view ${kind} is not complete yet: it waits for ${missing.slice(0, 5).join(", ")}`, 1);
}
