import type { Controller, Resource } from "@headgate/pipeline";

import { shapeOfOutput } from "./check/findings.ts";
import type { NamedKinds } from "./named-kinds.ts";

export interface RbacSettings {
  /** The name of every role and binding. */
  readonly name: string;
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  /** The only namespace that the operator serves; undefined: all. */
  readonly watchNamespace: string | undefined;
}

/** Verbs by `group/resource`. */
type Grants = Map<string, Set<string>>;

const updates = ["get", "list", "watch", "create", "patch", "delete"];
const patches = ["get", "list", "watch", "patch"];

/**
 * The roles and bindings that let an operator run these controllers, and no more: a ClusterRole, or a Role for each namespace
 * to which sources keep. Views need none. The same for the same controllers, in whatever order they are.
 */
export function rbacObjects(
  controllers: readonly Controller[],
  kinds: NamedKinds,
  settings: RbacSettings,
): readonly unknown[] {
  const scopes = new Map<string, Grants>();
  const grant = (resource: Resource, verbs: readonly string[], where: { sub?: string; namespace?: string }): void => {
    const { plural, namespaced } = kinds.of(resource);
    const scope = namespaced ? (where.namespace ?? settings.watchNamespace ?? "") : "";
    const grants: Grants = scopes.get(scope) ?? new Map<string, Set<string>>();
    scopes.set(scope, grants);
    const key = `${resource.group}/${plural}${where.sub === undefined ? "" : `/${where.sub}`}`;
    grants.set(key, new Set([...(grants.get(key) ?? []), ...verbs]));
  };
  for (const controller of controllers) {
    for (const { resource, type, namespace } of controller.sources)
      if (type === "Watcher" && !resource.view)
        grant(resource, ["list", "watch"], namespace === undefined ? {} : { namespace });
    const { resource, type } = controller.target;
    if (resource.view) continue;
    grant(resource, type === "Updater" ? updates : patches, {});
    if (kinds.of(resource).statusApart && mayHaveStatus(controller, controllers))
      grant(resource, ["patch"], { sub: "status" });
  }
  const everywhere: Grants = scopes.get("") ?? new Map<string, Set<string>>();
  return [...scopes.keys()].sort().flatMap((namespace) => {
    const grants = scopes.get(namespace) ?? everywhere;
    const own = namespace === "" ? grants : without(grants, everywhere);
    return own.size === 0 ? [] : roleAndBinding(namespace, own, settings);
  });
}

function mayHaveStatus(controller: Controller, controllers: readonly Controller[]): boolean {
  const output = shapeOfOutput(controller, controllers);
  return output.kind !== "map" || output.open || output.fields.has("status");
}

/** What is not granted everywhere already. */
function without(grants: Grants, everywhere: Grants): Grants {
  const left = [...grants].map(
    ([key, verbs]) => [key, new Set([...verbs].filter((verb) => everywhere.get(key)?.has(verb) !== true))] as const,
  );
  return new Map(left.filter(([, verbs]) => verbs.size > 0));
}

function roleAndBinding(namespace: string, grants: Grants, { name, serviceAccount }: RbacSettings): readonly unknown[] {
  const kind = namespace === "" ? "ClusterRole" : "Role";
  const metadata = { name, ...(namespace === "" ? {} : { namespace }) };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  return [
    { apiVersion, kind, metadata, rules: rulesOf(grants) },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
      subjects: [{ kind: "ServiceAccount", ...serviceAccount }],
    },
  ];
}

/** A rule for all resources of a group that the same verbs are granted on. */
function rulesOf(grants: Grants): readonly unknown[] {
  const rules = new Map<string, { apiGroups: string[]; resources: string[]; verbs: string[] }>();
  for (const [key, verbs] of [...grants].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const slash = key.indexOf("/");
    const group = key.slice(0, slash);
    const ordered = updates.filter((verb) => verbs.has(verb));
    const id = `${group} ${ordered.join()}`;
    const rule = rules.get(id) ?? { apiGroups: [group], resources: [], verbs: ordered };
    rule.resources.push(key.slice(slash + 1));
    rules.set(id, rule);
  }
  return [...rules.values()];
}
