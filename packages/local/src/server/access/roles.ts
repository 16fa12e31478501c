import { randomUUID } from "node:crypto";
import { type JsonObject, listAt, objectsAt, shown, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { keyOf, type Storage } from "../storage/storage.ts";

const group = "rbac.authorization.k8s.io";

/** Of the roles that a cluster has from the start, those that let somebody in at all. */
export const firstRoles = (time: string): KubeObject[] => {
  const urls = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz"];
  const roles = [
    {
      name: "cluster-admin",
      group: "system:masters",
      rules: [
        { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
        { verbs: ["*"], nonResourceURLs: ["*"] },
      ],
    },
    {
      name: "system:discovery",
      group: "system:authenticated",
      rules: [{ verbs: ["get"], nonResourceURLs: [...urls, "/version", "/version/"] }],
    },
  ];
  return roles.flatMap(({ name, group: subject, rules }) => {
    const metadata = { name, creationTimestamp: time };
    const roleRef = { apiGroup: group, kind: "ClusterRole", name };
    const subjects = [{ apiGroup: group, kind: "Group", name: subject }];
    const apiVersion = `${group}/v1`;
    return [
      { apiVersion, kind: "ClusterRole", metadata: { ...metadata, uid: randomUUID() }, rules },
      { apiVersion, kind: "ClusterRoleBinding", metadata: { ...metadata, uid: randomUUID() }, roleRef, subjects },
    ];
  });
};

/** What somebody would like to do. */
export interface Attempt {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  /** Something that is no resource; then nothing but this counts. */
  readonly path: string | undefined;
  readonly group: string;
  /** With the subresource: `pods/log`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** The role binding that allows an attempt; `undefined` when there is none. */
export const allowedBy = (storage: Storage, attempt: Attempt): KubeObject | undefined => {
  const everywhere = storage.list(`clusterrolebindings.${group}`);
  const within = attempt.namespace === "" ? [] : storage.list(`rolebindings.${group}`, attempt.namespace);
  return [...everywhere, ...within].find(
    (binding) =>
      objectsAt(binding, "subjects").some((subject) => isMeant(subject, attempt)) &&
      rulesOf(storage, binding).some((rule) => permits(rule, attempt)),
  );
};

const isMeant = ({ kind, name, namespace }: JsonObject, { user, groups }: Attempt): boolean => {
  if (kind === "Group") return groups.includes(shown(name));
  return user === (kind === "ServiceAccount" ? `system:serviceaccount:${shown(namespace)}:${shown(name)}` : name);
};

const rulesOf = (storage: Storage, binding: KubeObject): readonly JsonObject[] => {
  const name = stringAt(binding, "roleRef", "name") ?? "";
  const isLocal = stringAt(binding, "roleRef", "kind") === "Role";
  const role = isLocal
    ? storage.get(`roles.${group}`, keyOf(binding.metadata.namespace, name))
    : storage.get(`clusterroles.${group}`, keyOf(undefined, name));
  return objectsAt(role, "rules");
};

const permits = (rule: JsonObject, { verb, path, ...of }: Attempt): boolean => {
  const has = (list: string, ...values: readonly string[]): boolean =>
    listAt(rule, list).some((one) => one === "*" || values.includes(shown(one)));
  if (!has("verbs", verb)) return false;
  if (path !== undefined) return listAt(rule, "nonResourceURLs").some((url) => isUnder(path, shown(url)));
  const names = listAt(rule, "resourceNames");
  const subresource = of.resource.split("/")[1];
  return (
    has("apiGroups", of.group) &&
    has("resources", of.resource, ...(subresource === undefined ? [] : [`*/${subresource}`])) &&
    (names.length === 0 || names.includes(of.name))
  );
};

const isUnder = (path: string, url: string): boolean =>
  url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
