import { allowedBy } from "../access/roles.ts";
import { accountOf, tokenFor } from "../access/tokens.ts";
import { badRequest } from "../http/api-error.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { parseBody } from "../http/media-type.ts";
import { isObject, type JsonObject, listAt, numberAt, objectAt, shown, stringAt } from "../json/json.ts";
import { type Cluster, timestamp } from "./cluster.ts";
import { find, fitted, objectOf } from "./write.ts";

const shortestToken = 600;

/** Makes a token for a service account. */
export const handleTokenRequest = (cluster: Cluster, request: ApiRequest): JsonObject => {
  const account = find(cluster, request);
  const sent = parseBody(request.body, request.incoming.headers["content-type"]);
  const seconds = numberAt(sent, "spec", "expirationSeconds") ?? 3600;
  if (seconds < shortestToken)
    throw badRequest("spec.expirationSeconds: may not specify a duration less than 10 minutes");
  const until = Math.floor(cluster.now() / 1000) + seconds;
  return {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name: account.metadata.name, namespace: account.metadata.namespace ?? "" },
    spec: { ...(isObject(sent) ? objectAt(sent, "spec") : {}), expirationSeconds: seconds },
    status: { token: tokenFor(cluster.storage, account, until), expirationTimestamp: timestamp(until * 1000) },
  };
};

/** Answers a question: whose token it is, or what somebody may do by the roles of the cluster. */
export const handleReview = (cluster: Cluster, request: ApiRequest): JsonObject => {
  const sent = parseBody(request.body, request.incoming.headers["content-type"]);
  const asked = fitted(objectOf(sent, request), request);
  const status = request.resource.kind === "TokenReview" ? identity(cluster, asked) : permission(cluster, asked);
  return { ...asked, status };
};

const identity = (cluster: Cluster, asked: JsonObject): JsonObject => {
  const token = stringAt(asked, "spec", "token") ?? "";
  if (token === "") throw badRequest("spec.token: Required value");
  const account = accountOf(cluster.storage, token, cluster.now());
  if (!account) return { user: {}, error: "[invalid bearer token, token lookup failed]" };
  const { namespace = "", name, uid = "" } = account.metadata;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return { authenticated: true, user: { username: `system:serviceaccount:${namespace}:${name}`, uid, groups } };
};

const permission = ({ storage }: Cluster, asked: JsonObject): JsonObject => {
  const about = objectAt(asked, "spec", "resourceAttributes");
  const path = stringAt(asked, "spec", "nonResourceAttributes", "path");
  if ((about === undefined) === (path === undefined))
    throw badRequest("spec: exactly one of resourceAttributes and nonResourceAttributes must be given");
  const user = stringAt(asked, "spec", "user") ?? "";
  const groups = listAt(asked, "spec", "groups").map(shown);
  if (user === "" && groups.length === 0)
    throw badRequest("spec.user: at least one of user or group must be specified");
  const of = (name: string): string => stringAt(about, name) ?? "";
  const subresource = of("subresource");
  const binding = allowedBy(storage, {
    user,
    groups,
    verb: stringAt(asked, "spec", "nonResourceAttributes", "verb") ?? of("verb"),
    path,
    group: of("group"),
    resource: subresource === "" ? of("resource") : `${of("resource")}/${subresource}`,
    namespace: of("namespace"),
    name: of("name"),
  });
  if (!binding) return { allowed: false };
  return { allowed: true, reason: `RBAC: allowed by ${binding.kind} ${JSON.stringify(binding.metadata.name)}` };
};
