import { endpointNames, nameKey } from "@headgate/api";
import type { KubeObject, Refused } from "@headgate/api";
import { groupBy, leftJoin, map, unpairKey } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { routeKindOf } from "./case.ts";
import type { EndpointCase } from "./case.ts";
import { endpointKey } from "./claims.ts";
import type { Contest } from "./claims.ts";
import type { RefusedWrite } from "./obstacles.ts";
import { routeKey } from "./observed.ts";
import type { RouteState } from "./observed.ts";
import { unitOf } from "./parting.ts";
import { reportOn } from "./report.ts";
import type { PolicyReport } from "./report.ts";

/** How each endpoint fares, by everything that is known of it. */
export function reportsOn(
  cases: Collection<EndpointCase>,
  from: {
    readonly contests: Collection<Contest>;
    readonly routes: Collection<RouteState>;
    readonly refusals: Collection<Refused>;
    readonly refusedWrites: Collection<RefusedWrite>;
    readonly gateways: Collection<KubeObject>;
  },
): Collection<PolicyReport> {
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
