import {
  endpointNames,
  endpointPoliciesController,
  identityKey,
  instanceLabel,
  nameKey,
  parseEndpointPolicy,
  policyUidLabel,
  refOf,
} from "@headgate/api";
import type { Action, Desired, DesiredStatus, KubeObject, Notice, ObjectRef, Refusal, Refused } from "@headgate/api";
import {
  antiJoin,
  defineView,
  filter,
  flatMap,
  groupBy,
  leftJoin,
  map,
  pairKey,
  semiJoin,
  union,
  unpairKey,
} from "@headgate/delta";
import type { Collection, Key, View } from "@headgate/delta";
import { plan } from "../plan/index.ts";
import { endpointPolicyOrder, routeKindOf } from "./case.ts";
import type { EndpointCase } from "./case.ts";
import { admissions, endpointCases, isNear } from "./cases.ts";
import { policyMarks } from "./child.ts";
import { contests, endpointKey } from "./claims.ts";
import type { Contest, PolicyEndpoint } from "./claims.ts";
import { finalizerActions } from "./finalizer.ts";
import { observe, routeKey } from "./observed.ts";
import { drained, leftOver, unitOf } from "./parting.ts";
import type { ParsedPolicy } from "./parting.ts";
import type { RouteState } from "./observed.ts";
import { reportOn } from "./report.ts";
import type { EndpointReport } from "./report.ts";
import { referenceGrant, route } from "./routes.ts";
import { hinderedReason, hinderedStatus, invalidStatus, policyStatus } from "./status.ts";
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

/** A write that the API server refuses, and goes on refusing until somebody changes something. */
export interface RefusedWrite {
  /** As it was to be. */
  readonly object: KubeObject;
  readonly refusal: Refusal;
}

/** Something that keeps policies from being served. */
export interface Obstacle {
  /** What their owners are told; undefined: nothing yet. */
  readonly message: string | undefined;
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
  readonly endpoints: EndpointReport & { readonly policy: Refused["about"] };
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

/** What policies that can't be served are told. */
function keptFrom(
  policies: Collection<KubeObject>,
  obstacles: Collection<Obstacle>,
): { readonly statuses: Collection<DesiredStatus>; readonly notices: Collection<Notice> } {
  const told = leftJoin(policies, obstacles, {
    name: "endpoint-policy/not-served",
    leftKey: () => "",
    rightKey: () => "",
    row: (object, obstacle) => ({ object, message: obstacle?.message }),
  });
  return {
    statuses: flatMap(told, {
      name: "endpoint-policy/not-served-statuses",
      rows: ({ object, message }) => (message === undefined ? [] : hinderedStatus(object, message)),
    }),
    notices: flatMap(told, {
      name: "endpoint-policy/not-served-notices",
      rows: ({ object, message }): readonly (readonly [Key, Notice])[] => {
        if (message === undefined) return [];
        const reason = hinderedReason;
        return [
          ["", { controller: endpointPoliciesController, about: refOf(object), type: "Warning", reason, message }],
        ];
      },
    }),
  };
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

function reportsOn(
  cases: Collection<EndpointCase>,
  from: {
    readonly contests: Collection<Contest>;
    readonly routes: Collection<RouteState>;
    readonly refusals: Collection<Refused>;
    readonly refusedWrites: Collection<RefusedWrite>;
    readonly gateways: Collection<KubeObject>;
  },
): Collection<EndpointPolicyOutputs["endpoints"]> {
  const refusals = groupBy(from.refusals, {
    name: "endpoint-policy/refusal-of",
    by: (_, key) => unpairKey(key)[0],
    reduce: (rows) => rows[0]?.[1].refusal,
  });
  const refusedWrites = groupBy(from.refusedWrites, {
    name: "endpoint-policy/refused-write-of",
    by: ({ object }) => unitOf(object),
    reduce: (rows) => rows[0]?.[1].refusal,
  });
  const gateways = map(from.gateways, { name: "endpoint-policy/gateways", row: (): true => true });
  const noted = leftJoin(cases, from.contests, {
    name: "endpoint-policy/noted",
    leftKey: endpointKey,
    rightKey: ({ endpoint }) => endpoint,
    row: (of, contest) => ({ of, note: contest?.loses === false ? contest.message : undefined }),
  });
  const refused = leftJoin(noted, refusals, {
    name: "endpoint-policy/refused",
    leftKey: ({ of }) => endpointKey(of),
    rightKey: (_, key) => key,
    row: (row, refusal) => ({ ...row, refusal }),
  });
  const hindered = leftJoin(refused, refusedWrites, {
    name: "endpoint-policy/hindered",
    leftKey: ({ of }) => endpointKey(of),
    rightKey: (_, key) => key,
    row: (row, refusal) => ({ ...row, refusal: row.refusal ?? refusal }),
  });
  const placed = leftJoin(hindered, gateways, {
    name: "endpoint-policy/placed",
    leftKey: ({ of }) => nameKey(of.policy.gateway),
    rightKey: (_, key) => key,
    row: (row, exists) => ({ ...row, gatewayExists: exists === true }),
  });
  return leftJoin(placed, from.routes, {
    name: "endpoint-policy/reports",
    leftKey: ({ of: { policy, endpoint } }) =>
      routeKey(routeKindOf(endpoint), {
        namespace: policy.policy.namespace,
        name: endpointNames(policy.app.name, endpoint.id).workload,
      }),
    rightKey: (_, key) => key,
    row: (row, found) => ({ ...reportOn({ ...row, route: found }), policy: row.of.policy.policy }),
  });
}

function statusesOf(
  policies: Collection<KubeObject>,
  parsed: Collection<ParsedPolicy>,
  reports: Collection<EndpointPolicyOutputs["endpoints"]>,
): Collection<DesiredStatus> {
  const reported = groupBy(reports, {
    name: "endpoint-policy/reported",
    by: ({ policy }) => nameKey(policy),
    reduce: (rows) => rows.map(([, report]) => report).toSorted((a, b) => a.index - b.index),
  });
  const judged = leftJoin(parsed, reported, {
    name: "endpoint-policy/judged",
    leftKey: (_, key) => key,
    rightKey: (_, key) => key,
    row: ({ outcome, about }, found = []) => ({ outcome, about, found }),
  });
  const rows = leftJoin(policies, judged, {
    name: "endpoint-policy/judged-policies",
    leftKey: (_, key) => key,
    rightKey: ({ about }) => nameKey(about),
    row: (object, verdict) => ({ object, verdict }),
  });
  const wanted = flatMap(rows, {
    name: "endpoint-policy/wanted-statuses",
    rows: ({ object, verdict }) => {
      if (verdict === undefined || object.metadata.deletionTimestamp !== undefined) return [];
      const { outcome, found } = verdict;
      return outcome.ok ? policyStatus(object, found) : invalidStatus(object, outcome.refusals);
    },
  });
  return groupBy(wanted, {
    name: "endpoint-policy/statuses",
    by: ({ target }) => nameKey(target),
    reduce: (all) => all[0]?.[1],
  });
}
