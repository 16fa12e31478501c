/** Answers a request of the metrics API: discovery, get and list. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Selectable, selectionOf } from "../server/handlers/selectors.ts";
import { ApiError, internalError, methodNotAllowed, notFound, unknownPath } from "../server/http/api-error.ts";
import { send } from "../server/http/respond.ts";
import type { JsonObject } from "../server/json/json.ts";
import type { KubeObject } from "../server/json/object.ts";
import { group, version } from "./objects.ts";

/** What there is at the moment. */
export interface MetricsSource {
  pods(): readonly KubeObject[];
  nodes(): Promise<readonly KubeObject[]>;
}

const groupVersion = `${group}/${version}`;
const kinds = {
  nodes: { kind: "NodeMetrics", namespaced: false },
  pods: { kind: "PodMetrics", namespaced: true },
} as const;
const groupDocument = {
  name: group,
  versions: [{ groupVersion, version }],
  preferredVersion: { groupVersion, version },
};
const documents: Readonly<Record<string, JsonObject>> = {
  apis: { kind: "APIGroupList", apiVersion: "v1", groups: [groupDocument] },
  [`apis/${group}`]: { kind: "APIGroup", apiVersion: "v1", ...groupDocument },
  [`apis/${groupVersion}`]: {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: Object.entries(kinds).map(([name, kind]) => ({
      name,
      singularName: "",
      ...kind,
      verbs: ["get", "list"],
    })),
  },
};

/** Never rejects. */
export async function answerMetrics(
  source: MetricsSource,
  request: Pick<IncomingMessage, "method" | "url">,
  response: ServerResponse,
): Promise<void> {
  try {
    send(response, 200, JSON.stringify(await answerOf(source, request)));
  } catch (error) {
    const { code, status } = error instanceof ApiError ? error : internalError(String(error));
    send(response, code, JSON.stringify(status));
  }
}

async function answerOf(
  source: MetricsSource,
  { method = "GET", url = "/" }: Pick<IncomingMessage, "method" | "url">,
): Promise<JsonObject> {
  const { pathname, searchParams } = new URL(url, "http://metrics");
  const path = pathname.split("/").filter((part) => part !== "");
  if (method !== "GET" || searchParams.get("watch") === "true")
    throw methodNotAllowed("the server does not allow this method on the requested resource");
  const document = documents[path.join("/")];
  if (document !== undefined) return document;
  const place = placeOf(path);
  if (place === undefined) throw unknownPath();
  const { plural, namespace, name } = place;
  const { kind, namespaced } = kinds[plural];
  const all = plural === "pods" ? source.pods() : await source.nodes();
  const inside = all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  const subject = { group, version, plural, kind, namespaced, selectable: [] } satisfies Selectable & { kind: string };
  if (name !== undefined) {
    const found = inside.find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw notFound(subject, namespace === undefined ? name : `${namespace}/${name}`);
    return found;
  }
  const items = inside.filter(selectionOf(searchParams, subject));
  return { kind: `${kind}List`, apiVersion: groupVersion, metadata: {}, items };
}

interface Place {
  readonly plural: keyof typeof kinds;
  readonly namespace?: string;
  readonly name?: string;
}

function placeOf([root, ...rest]: readonly string[]): Place | undefined {
  const [named, at, ...path] = rest;
  if (root !== "apis" || named !== group || at !== version) return undefined;
  const [first, second, third, fourth, ...more] = path;
  if (more.length > 0) return undefined;
  if (first === "nodes" && third === undefined) return { plural: "nodes", ...(second && { name: second }) };
  if (first === "pods" && second === undefined) return { plural: "pods" };
  if (first !== "namespaces" || second === undefined || third !== "pods") return undefined;
  return { plural: "pods", namespace: second, ...(fourth && { name: fourth }) };
}
