import {
  endpointLabel,
  endpointPoliciesController,
  endpointPolicyManager,
  instanceLabel,
  managedByLabel,
  policyLabel,
  policyNamespaceLabel,
  policyUidLabel,
} from "@headgate/api";
import type { Desired, Endpoint, EndpointPolicy } from "@headgate/api";

/** What a child is besides its marks. */
export interface ChildBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The fields beside `metadata`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The labels by which this operator knows its children again. */
export function policyMarks(instance: string): Readonly<Record<string, string>> {
  return { [managedByLabel]: endpointPolicyManager, [instanceLabel]: instance };
}

/** The labels that tell an endpoint's pods and children apart: the original's five. Also the selector of its Deployment and Service. */
export function endpointLabels({ policy, app }: EndpointPolicy, { id }: Endpoint): Readonly<Record<string, string>> {
  return {
    "app.kubernetes.io/name": app.name,
    "app.kubernetes.io/component": id,
    [managedByLabel]: endpointPolicyManager,
    [policyLabel]: policy.name,
    [endpointLabel]: id,
  };
}

/**
 * A child of the policy. In the policy's namespace the cluster collects it with the policy; elsewhere no owner reference may name
 * the policy, and labels with its uid do, and its finalizer.
 */
export function child(
  { policy, endpoint, instance }: { policy: EndpointPolicy; endpoint: Endpoint; instance: string },
  { apiVersion, kind, name, namespace, annotations, fields }: ChildBody,
): Desired {
  const { policy: owner } = policy;
  const near = namespace === owner.namespace;
  return {
    controller: endpointPoliciesController,
    owner,
    object: {
      apiVersion,
      kind,
      metadata: {
        name,
        namespace,
        labels: {
          ...endpointLabels(policy, endpoint),
          ...policyMarks(instance),
          ...(near ? {} : { [policyNamespaceLabel]: owner.namespace, [policyUidLabel]: owner.uid }),
        },
        ...(annotations === undefined ? {} : { annotations }),
        ...(near && {
          ownerReferences: [
            {
              apiVersion: owner.apiVersion,
              kind: owner.kind,
              name: owner.name,
              uid: owner.uid,
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        }),
      },
      ...fields,
    },
  };
}
