/** What RBAC objects permit, one permission at a time. */
import type { Client } from "@headgate/kube";
import { expect, vi } from "vitest";
import type { Manifest } from "../../chart/chart.ts";

/** One verb on one resource, given to one user by one binding. */
export interface Grant {
  /** As the API server calls a service account: `system:serviceaccount:NAMESPACE:NAME`. */
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With its subresource, if any: `gateways/status`. */
  readonly resource: string;
  /** The only object; absent: all of them. */
  readonly name?: string;
  /** The only namespace; absent: the whole cluster. */
  readonly namespace?: string;
}

/** A grant as tests and their failures write it: `list services everywhere`, `get coordination.k8s.io/leases/NAME in NAMESPACE`. */
export function grantText({ verb, group, resource, name, namespace }: Omit<Grant, "user">): string {
  const what = [...(group === "" ? [] : [group]), resource, ...(name === undefined ? [] : [name])].join("/");
  return `${verb} ${what} ${namespace === undefined ? "everywhere" : `in ${namespace}`}`;
}

/** Everything that the roles permit to the service accounts that they are bound to. Throws for a binding without its role. */
export function grantsOf(objects: readonly Manifest[]): readonly Grant[] {
  return objects.flatMap((binding) => {
    const { kind, metadata, roleRef, subjects = [] } = binding;
    if (!kind.endsWith("Binding") || roleRef === undefined) return [];
    const role = objects.find(
      (one) =>
        one.kind === roleRef.kind &&
        one.metadata.name === roleRef.name &&
        (one.kind === "ClusterRole" || one.metadata.namespace === metadata.namespace),
    );
    if (role === undefined) throw new Error(`${kind} ${metadata.name} binds a ${roleRef.kind} that is not there`);
    const place = kind === "RoleBinding" && metadata.namespace !== undefined ? { namespace: metadata.namespace } : {};
    return subjects.flatMap((subject) =>
      (role.rules ?? []).flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            verbs.flatMap((verb) =>
              (resourceNames ?? [undefined]).map((name) => ({
                user: `system:serviceaccount:${subject.namespace}:${subject.name}`,
                verb,
                group,
                resource,
                ...(name === undefined ? {} : { name }),
                ...place,
              })),
            ),
          ),
        ),
      ),
    );
  });
}

/** Waits until the API server, which learns of roles by a watch of its own, permits all of this, or none of it. */
export async function waitForGrants(admin: Client, grants: readonly Grant[], permitted = true): Promise<void> {
  const differing = async (): Promise<readonly string[]> => {
    const answers = await Promise.all(grants.map((grant) => isPermitted(admin, grant)));
    return grants.filter((_, index) => answers[index] !== permitted).map(grantText);
  };
  await vi.waitFor(
    async () => {
      expect(await differing()).toEqual([]);
    },
    { timeout: 60_000, interval: 20 },
  );
}

async function isPermitted(admin: Client, { user, verb, group, resource, name, namespace }: Grant): Promise<boolean> {
  const [plural, subresource] = resource.split("/");
  const resourceAttributes = { verb, group, resource: plural, subresource, name, namespace };
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user, resourceAttributes },
  };
  const { status } = (await admin.request({ method: "POST", path, body })) as { status: { allowed: boolean } };
  return status.allowed;
}
