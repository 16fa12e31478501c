import { endpointNames, mainServiceName, nameKey } from "@headgate/api";
import type { EndpointPolicy, KubeObject } from "@headgate/api";
import { flatMap, groupBy, leftJoin } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { fields, list } from "../read/index.ts";
import { routeKindOf } from "./case.ts";
import type { EndpointCase, PodTemplate, WorkloadState } from "./case.ts";
import { endpointKey } from "./claims.ts";
import type { Contest, PolicyEndpoint } from "./claims.ts";
import { routeKey } from "./observed.ts";
import type { Observed } from "./observed.ts";

const notThere: WorkloadState = {
  available: false,
  complaint: "it does not exist yet",
  appliedReplicas: undefined,
  scaledByOthers: false,
};

/** Brings together, for each endpoint, everything that its children depend on. */
export function endpointCases(
  endpoints: Collection<PolicyEndpoint>,
  from: {
    readonly observed: Observed;
    readonly contests: Collection<Contest>;
    readonly admissions: Collection<true>;
  },
): Collection<EndpointCase> {
  const { templates, workloads, services, autoscalers, routes } = from.observed;
  const key = (_: unknown, own: string): string => own;
  const byApp = (row: PolicyEndpoint, name: string): string => nameKey({ namespace: row.policy.app.namespace, name });
  const workloadName = ({ policy, endpoint }: PolicyEndpoint): string =>
    endpointNames(policy.app.name, endpoint.id).workload;

  const modelled = leftJoin(endpoints, templates, {
    name: "endpoint-policy/with-model",
    leftKey: (row) => byApp(row, row.policy.app.name),
    rightKey: key,
    row: (row, model): PolicyEndpoint & { readonly model: PodTemplate | undefined } => ({ ...row, model }),
  });
  const running = leftJoin(modelled, workloads, {
    name: "endpoint-policy/with-workload",
    leftKey: (row) => byApp(row, workloadName(row)),
    rightKey: key,
    row: (row, workload = notThere) => ({ ...row, workload }),
  });
  const beside = leftJoin(running, services, {
    name: "endpoint-policy/with-main-service",
    leftKey: (row) => byApp(row, mainServiceName(row.policy.app.name)),
    rightKey: key,
    row: (row, mainPorts) => ({ ...row, mainPorts }),
  });
  const scaled = leftJoin(beside, autoscalers, {
    name: "endpoint-policy/with-autoscaler",
    leftKey: (row) => byApp(row, workloadName(row)),
    rightKey: key,
    row: (row, autoscaler) => ({ ...row, autoscaled: autoscaler === true }),
  });
  const routed = leftJoin(scaled, routes, {
    name: "endpoint-policy/with-route",
    leftKey: (row) =>
      routeKey(routeKindOf(row.endpoint), { namespace: row.policy.policy.namespace, name: workloadName(row) }),
    rightKey: key,
    row: (row, route) => {
      const routed = route?.owners.includes(row.policy.policy.uid) === true;
      const { parked = true, verdicts = [] } = route ?? {};
      const known = verdicts.some(({ parent, accepted }) => parent === row.policy.gateway.name && accepted);
      const open = routed && (!parked || (known && row.workload.available));
      return { ...row, routed, open, serving: routed && !parked && known };
    },
  });
  const contested = leftJoin(routed, from.contests, {
    name: "endpoint-policy/with-contest",
    leftKey: endpointKey,
    rightKey: ({ endpoint }) => endpoint,
    row: (row, contest) => ({ ...row, conflict: contest?.loses === true ? contest : undefined }),
  });
  return leftJoin(contested, from.admissions, {
    name: "endpoint-policy/cases",
    leftKey: ({ policy }) => (isNear(policy) ? undefined : admissionKey(policy)),
    rightKey: key,
    row: (row, admission): EndpointCase => ({ ...row, admitted: isNear(row.policy) || admission === true }),
  });
}

export function isNear({ policy, app }: EndpointPolicy): boolean {
  return policy.namespace === app.namespace;
}

/** Of a policy whose application lives elsewhere, among {@link admissions}. */
export function admissionKey({ policy, app }: EndpointPolicy): string {
  return `${policy.namespace} ${app.namespace}`;
}

/**
 * The pairs of namespaces, policy's and application's, of which the second lets policies of the first make workloads in it. That takes a
 * ReferenceGrant there: otherwise whoever may write policies anywhere could run pods, with their service accounts and secrets, everywhere.
 */
export function admissions(children: Collection<KubeObject>): Collection<true> {
  const grants = flatMap(children, {
    name: "endpoint-policy/grants",
    rows: ({ kind, metadata: { namespace = "" }, spec }) => {
      if (kind !== "ReferenceGrant") return [];
      const { from, to } = fields(spec);
      const all = list(to)
        .map(fields)
        .some((entry) => {
          return entry["group"] === "apps" && entry["kind"] === "Deployment" && entry["name"] === undefined;
        });
      if (!all) return [];
      const namespaces = list(from)
        .map(fields)
        .filter((entry) => entry["group"] === "endpointscaler.io" && entry["kind"] === "EndpointPolicy")
        .map((entry) => String(entry["namespace"]));
      return [...new Set(namespaces)].map((source) => [source, `${source} ${namespace}`] as const);
    },
  });
  return groupBy(grants, { name: "endpoint-policy/admissions", by: (pair) => pair, reduce: (): true => true });
}
