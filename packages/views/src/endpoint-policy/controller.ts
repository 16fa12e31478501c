import {
  endpointPoliciesController,
  identityKey,
  instanceLabel,
  nameKey,
  parseEndpointPolicy,
  policyUidLabel,
  refOf,
} from "@headgate/api";
import type { Action, Desired, DesiredStatus, KubeObject, Notice, ObjectRef, Refused } from "@headgate/api";
import { antiJoin, defineView, filter, flatMap, groupBy, map, pairKey, semiJoin, union } from "@headgate/delta";
import type { Collection, Key, View } from "@headgate/delta";
import { plan } from "../plan/index.ts";
import { endpointPolicyOrder } from "./case.ts";
import type { EndpointCase } from "./case.ts";
import { admissions, endpointCases, isNear } from "./cases.ts";
import { policyMarks } from "./child.ts";
import { contests } from "./claims.ts";
import type { PolicyEndpoint } from "./claims.ts";
import { finalizerActions } from "./finalizer.ts";
import type { Obstacle, RefusedWrite } from "./obstacles.ts";
import { observe } from "./observed.ts";
import { drained, leftOver, unitOf } from "./parting.ts";
import type { ParsedPolicy } from "./parting.ts";
import type { PolicyReport } from "./report.ts";
import { reportsOn } from "./reports.ts";
import { referenceGrant, route } from "./routes.ts";
import { keptFrom, statusesOf } from "./statuses.ts";
import { autoscaler, deployment, disruptionBudget, service } from "./workload.ts";

export interface EndpointPolicySettings {
  /** Tells several operators in one cluster apart. */
  readonly instance: string;
  /** The only namespace that is served; empty: all of them. */
  readonly watchNamespace: string;
}

export interface EndpointPolicyInputs {
  /** Keyed `nameKey(metadata)`. */
  readonly policies: KubeObject;
  /** Keyed `nameKey(metadata)`. */
  readonly gateways: KubeObject;
  /** Every object of the kinds in {@link endpointPolicyKinds}, whoever made it. Keyed `identityKey`. */
  readonly children: KubeObject;
  /** While there is one, policies are left alone. */
  readonly obstacles: Obstacle;
  /** Keyed `identityKey` of the object. One whose action no longer stands says nothing. */
  readonly refusedWrites: RefusedWrite;
}

export interface EndpointPolicyOutputs {
  readonly desired: Desired;
  /** What to do now, keyed `identityKey` of the object; none when nothing differs. */
  readonly actions: Action;
  readonly notices: Notice;
  readonly refusals: Refused;
  /** Keyed by policy. Only what the objects don't say yet; `lastTransitionTime` of a condition that changes is left to the writer. */
  readonly statuses: DesiredStatus;
  /** How each endpoint of a valid policy fares, keyed by policy and endpoint; the metrics are counted from it. */
  readonly endpoints: PolicyReport;
}

/** From policies and what exists to the children of each endpoint, the next writes, and the status of each policy. */
export function endpointPolicyController(
  settings: EndpointPolicySettings,
): View<EndpointPolicyInputs, EndpointPolicyOutputs> {
  const { instance, watchNamespace } = settings;
  return defineView<EndpointPolicyInputs, EndpointPolicyOutputs>({
    name: "endpoint-policy-controller",
    doc: "Each endpoint of a policy gets a Deployment, a Service, an autoscaler where asked for and, once it can be served, a route.",
    inputs: ["policies", "gateways", "children", "obstacles", "refusedWrites"],
    build({ policies, gateways, children, obstacles, refusedWrites }) {
      const placed = filter(policies, {
        name: "endpoint-policy/here",
        where: ({ metadata }) => watchNamespace === "" || metadata.namespace === watchNamespace,
      });
      const here = antiJoin(placed, obstacles, {
        name: "endpoint-policy/served",
        leftKey: () => "",
        rightKey: () => "",
      });
      const kept = keptFrom(placed, obstacles);
      const parsed = map(here, {
        name: "endpoint-policy/parsed",
        row: (object): ParsedPolicy => ({
          about: refOf(object),
          going: object.metadata.deletionTimestamp !== undefined,
          outcome: parseEndpointPolicy(object),
        }),
      });
      const endpoints = flatMap(parsed, { name: "endpoint-policy/endpoints", rows: endpointsOf });
      const contested = contests(endpoints);
      const observed = observe(children);
      const admitted = admissions(children);
      const cases = endpointCases(endpoints, { observed, contests: contested, admissions: admitted });
      const desired = flatMap(cases, { name: "endpoint-policy/desired", rows: (of) => childrenOf(of, instance) });
      const planned = plan({
        controller: endpointPoliciesController,
        marks: { labels: policyMarks(instance), instanceLabel, uidLabel: policyUidLabel },
        order: endpointPolicyOrder,
        namespace: "",
        unit: ({ object }) => unitOf(object) ?? "",
        unitOf,
        toRemove: (left) => leftOver(left, { parsed, cases }),
      }).build({ desired, observed: children });
      const holds = finalizerActions(here, { parsed, children, admissions: admitted });
      const actions = byIdentity(
        union({ name: "endpoint-policy/all-actions" }, { planned: drained(planned.actions), holds }),
      );
      const faulty = flatMap(parsed, { name: "endpoint-policy/faulty", rows: faults });
      const reports = reportsOn(cases, {
        contests: contested,
        routes: observed.routes,
        refusals: planned.refusals,
        refusedWrites: semiJoin(refusedWrites, actions, {
          name: "endpoint-policy/standing-refused-writes",
          leftKey: (_, key) => key,
          rightKey: (_, key) => key,
        }),
        gateways,
      });
      const invalid = map(faulty, {
        name: "endpoint-policy/invalid-notices",
        row: ({ about, refusal }): Notice => ({
          controller: endpointPoliciesController,
          about,
          type: "Warning",
          reason: refusal.reason,
          message: refusal.message,
        }),
      });
      return {
        desired,
        actions,
        notices: union({ name: "endpoint-policy/notices" }, { invalid, planned: planned.notices, kept: kept.notices }),
        refusals: union({ name: "endpoint-policy/refusals" }, { faulty, planned: planned.refusals }),
        statuses: union(
          { name: "endpoint-policy/all-statuses" },
          { served: statusesOf(here, parsed, reports), kept: kept.statuses },
        ),
        endpoints: groupBy(reports, {
          name: "endpoint-policy/reports-by-endpoint",
          by: ({ policy, id }) => pairKey(nameKey(policy), id),
          reduce: (rows) => rows[0]?.[1],
        }),
      };
    },
  });
}

/** A policy's own finalizer and the objects that are planned are never the same object. */
function byIdentity(actions: Collection<Action>): Collection<Action> {
  return groupBy(actions, {
    name: "endpoint-policy/actions",
    by: (action) => (action.do === "apply" ? identityKey(refOf(action.desired.object)) : identityKey(targetOf(action))),
    reduce: (rows) => rows[0]?.[1],
  });
}

function targetOf(action: Exclude<Action, { do: "apply" }>): ObjectRef {
  return "target" in action ? action.target : action.desired.target;
}

/** A policy that is being deleted gets nothing more, and what it has goes. */
function endpointsOf({ outcome }: ParsedPolicy): readonly (readonly [Key, PolicyEndpoint])[] {
  if (!outcome.ok || outcome.value.deleting) return [];
  const policy = outcome.value;
  return policy.endpoints.map((endpoint, index) => [endpoint.id, { policy, endpoint, index }]);
}

function faults({ about, outcome }: ParsedPolicy): Iterable<readonly [Key, Refused]> {
  if (outcome.ok) return [];
  return new Map(outcome.refusals.map((refusal) => [`${refusal.field ?? ""} ${refusal.message}`, { about, refusal }]));
}

function childrenOf(of: EndpointCase, instance: string): readonly (readonly [Key, Desired])[] {
  if (of.conflict?.over === "name" || !of.admitted || (!isNear(of.policy) && !of.policy.held)) return [];
  const all = [
    deployment(of, instance),
    service(of, instance),
    ...autoscaler(of, instance),
    ...disruptionBudget(of, instance),
    ...referenceGrant(of, instance),
    ...route(of, instance),
  ];
  return all.map((desired) => [desired.object.kind, desired]);
}
