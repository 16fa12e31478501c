import { request as httpRequest } from "node:http";
import { badRequest, conflict, internalError } from "../http/api-error.ts";
import { type ApiRequest, isDryRun } from "../http/api-request.ts";
import { parseBody } from "../http/media-type.ts";
import { send } from "../http/respond.ts";
import { isObject, type JsonObject, numberAt, objectsAt, shown, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { keyOf } from "../storage/storage.ts";
import { type Cluster, timestamp } from "./cluster.ts";
import { find } from "./write.ts";

const success: JsonObject = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

/** Puts a pod on a node. */
export const handleBinding = (cluster: Cluster, request: ApiRequest): JsonObject => {
  const { resource, body, incoming } = request;
  const sent = parseBody(body, incoming.headers["content-type"]);
  const node = stringAt(sent, "target", "name");
  if (!isObject(sent) || !node) throw badRequest("Binding: target.name: Required value");
  const pod = find(cluster, request);
  const { name } = pod.metadata;
  const bound = stringAt(pod, "spec", "nodeName");
  if (pod.metadata.deletionTimestamp !== undefined)
    throw conflict(resource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (bound) throw conflict(resource, name, `pod ${name} is already assigned to node ${JSON.stringify(bound)}`);
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: timestamp(cluster.now()),
  };
  const conditions = objectsAt(pod, "status", "conditions").filter(({ type }) => type !== "PodScheduled");
  if (!isDryRun(request)) {
    cluster.storage.put(resource.storageKey, {
      ...pod,
      spec: { ...(pod["spec"] as JsonObject), nodeName: node },
      status: { ...(pod["status"] as JsonObject), conditions: [...conditions, scheduled] },
    });
  }
  return success;
};

const containerOf = (pod: KubeObject, asked: string | null): string => {
  const namesOf = (list: string): string[] => objectsAt(pod, "spec", list).map((container) => shown(container["name"]));
  const { name } = pod.metadata;
  const names = namesOf("containers");
  const [first = "", ...others] = names;
  if (!asked && others.length > 0)
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`);
  const container = asked || first;
  if (![...names, ...namesOf("initContainers")].includes(container))
    throw badRequest(`container ${container} is not valid for pod ${name}`);
  return container;
};

/** `undefined` when the node doesn't say where its kubelet is. */
const kubeletOf = (node: KubeObject | undefined): { readonly host: string; readonly port: number } | undefined => {
  const host = stringAt(
    objectsAt(node, "status", "addresses").find(({ type }) => type === "InternalIP"),
    "address",
  );
  const port = numberAt(node, "status", "daemonEndpoints", "kubeletEndpoint", "Port");
  return host === undefined || port === undefined ? undefined : { host, port };
};

/**
 * Logs come from the pod's node, as they do from a kubelet, but over plain HTTP:
 * `GET http://<InternalIP>:<kubeletEndpoint.Port>/containerLogs/<namespace>/<pod>/<container>` with the client's own
 * query (follow, tailLines, previous, sinceSeconds, sinceTime, timestamps, limitBytes). The answer is passed through.
 */
export const handleLog = (cluster: Cluster, request: ApiRequest): void => {
  const { query, outgoing } = request;
  const pod = find(cluster, request);
  const container = containerOf(pod, query.get("container"));
  const nodeName = stringAt(pod, "spec", "nodeName");
  if (!nodeName)
    throw badRequest(
      `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)} is waiting to start: the pod is not assigned to a node`,
    );
  const kubelet = kubeletOf(cluster.storage.get("nodes.", keyOf(undefined, nodeName)));
  if (!kubelet)
    throw internalError(
      `node ${JSON.stringify(nodeName)} has no InternalIP address and kubeletEndpoint port to read logs from`,
    );

  const asked = new URLSearchParams(query);
  asked.delete("container");
  const { namespace = "", name } = pod.metadata;
  const path = `/containerLogs/${[namespace, name, container].map(encodeURIComponent).join("/")}?${asked.toString()}`;
  const upstream = httpRequest({ ...kubelet, path, method: "GET" }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, { "Content-Type": answer.headers["content-type"] ?? "text/plain" });
    outgoing.flushHeaders();
    answer.pipe(outgoing);
    answer.on("error", () => outgoing.destroy());
  });
  upstream.on("error", (cause) => {
    if (outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    const error = internalError(`Get "http://${kubelet.host}:${kubelet.port}${path}": ${cause.message}`);
    send(outgoing, error.code, JSON.stringify(error.status));
  });
  outgoing.on("close", () => upstream.destroy());
  upstream.end();
};
