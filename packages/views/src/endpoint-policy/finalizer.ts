import { endpointPoliciesController, endpointPolicyFinalizer, nameKey, policyUidLabel, refOf } from "@headgate/api";
import type { Action, EndpointPolicy, KubeObject, Parsed, Refused } from "@headgate/api";
import { flatMap, groupBy, leftJoin } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { admissionKey, isNear } from "./cases.ts";

/**
 * The finalizer comes before the first child that the cluster's own garbage collection would not reach, and goes with the last of them.
 */
export function finalizerActions(
  policies: Collection<KubeObject>,
  from: {
    readonly parsed: Collection<{ readonly about: Refused["about"]; readonly outcome: Parsed<EndpointPolicy> }>;
    readonly children: Collection<KubeObject>;
    readonly admissions: Collection<true>;
  },
): Collection<Action> {
  const { parsed, children, admissions } = from;
  const far = groupBy(children, {
    name: "endpoint-policy/far-children",
    by: ({ metadata }) => metadata.labels?.[policyUidLabel],
    reduce: (): true => true,
  });
  const known = leftJoin(policies, parsed, {
    name: "endpoint-policy/known",
    leftKey: (_, key) => key,
    rightKey: ({ about }) => nameKey(about),
    row: (object, found) => ({ object, outcome: found?.outcome }),
  });
  const guarded = leftJoin(known, far, {
    name: "endpoint-policy/guarded",
    leftKey: ({ object }) => object.metadata.uid,
    rightKey: (_, uid) => uid,
    row: (row, hasFar) => ({ ...row, hasFar: hasFar === true }),
  });
  const admitted = leftJoin(guarded, admissions, {
    name: "endpoint-policy/guarded-and-admitted",
    leftKey: ({ outcome }) =>
      outcome?.ok === true && !isNear(outcome.value) ? admissionKey(outcome.value) : undefined,
    rightKey: (_, key) => key,
    row: (row, admission) => ({ ...row, admitted: admission === true }),
  });
  return flatMap(admitted, {
    name: "endpoint-policy/finalizers",
    rows: ({ object, outcome, hasFar, admitted: mayMake }) => {
      const { deletionTimestamp, finalizers = [] } = object.metadata;
      const held = finalizers.includes(endpointPolicyFinalizer);
      const going = deletionTimestamp !== undefined;
      const needed =
        hasFar || (!going && outcome?.ok === true && !isNear(outcome.value) && (mayMake || outcome.value.held));
      // The API server takes no new finalizer once deletion has begun.
      if (held === needed || (needed && going)) return [];
      return [["", needed ? hold(object) : release(object)] as const];
    },
  });
}

function release(object: KubeObject): Action {
  const target = { ...refOf(object), uid: object.metadata.uid ?? "" };
  return { do: "release", controller: endpointPoliciesController, target, finalizer: endpointPolicyFinalizer };
}

function hold({ apiVersion, kind, metadata }: KubeObject): Action {
  const { name, namespace = "", uid = "", resourceVersion = "" } = metadata;
  const ref = { apiVersion, kind, namespace, name, uid };
  return {
    do: "apply",
    observed: { uid, resourceVersion },
    desired: {
      controller: endpointPoliciesController,
      owner: ref,
      object: {
        apiVersion,
        kind,
        metadata: { name, namespace, finalizers: [endpointPolicyFinalizer] },
      },
    },
  };
}
