import type { ApiRequest } from "../http/api-request.ts";
import { parseBody } from "../http/media-type.ts";
import { at, objectAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Cluster } from "./cluster.ts";
import { find, objectOf, updateObject } from "./write.ts";

/** Sets the finalizers in a namespace's spec; the last one gone lets a terminating namespace go. */
export const handleFinalize = (cluster: Cluster, request: ApiRequest): KubeObject => {
  const sent = objectOf(parseBody(request.body, request.incoming.headers["content-type"]), request);
  const old = find(cluster, request);
  const spec = { ...objectAt(old, "spec"), finalizers: at(sent, "spec", "finalizers") ?? [] };
  const { resourceVersion = "" } = sent.metadata;
  const changed: KubeObject = structuredClone({ ...old, spec, metadata: { ...old.metadata, resourceVersion } });
  return updateObject(cluster, request, { old, sent: changed });
};
