import { endpointNames, nameKey, quote } from "@headgate/api";
import type { Endpoint, EndpointPolicy } from "@headgate/api";
import { flatMap, groupBy, pairKey } from "@headgate/delta";
import type { Collection, Key } from "@headgate/delta";

/** One endpoint of one policy. */
export interface PolicyEndpoint {
  readonly policy: EndpointPolicy;
  readonly endpoint: Endpoint;
  readonly index: number;
}

/** A name or a match that is also another endpoint's: who comes later gets nothing, or no route. */
export interface Contest {
  readonly endpoint: Key;
  readonly over: "name" | "match";
  readonly loses: boolean;
  readonly message: string;
}

interface Claim {
  readonly key: Key;
  readonly over: "name" | "match";
  readonly shown: string;
  readonly endpoint: Key;
  readonly name: string;
  /** The oldest policy comes first, as Gateway API has it, then the order of names, then that of the spec. */
  readonly rank: readonly [string, string, number];
}

/** The key of one endpoint's row, wherever such rows meet. */
export function endpointKey({ policy, endpoint }: PolicyEndpoint): Key {
  return pairKey(nameKey(policy.policy), endpoint.id);
}

/** Every endpoint whose name or match is also another one's, told on both sides: one row for each, the worst. */
export function contests(endpoints: Collection<PolicyEndpoint>): Collection<Contest> {
  const claims = flatMap(endpoints, { name: "endpoint-policy/claims", rows: claimsOf });
  const contested = groupBy(claims, {
    name: "endpoint-policy/contested",
    by: ({ key }) => key,
    reduce: (rows) =>
      new Set(rows.map(([, { endpoint }]) => endpoint)).size > 1 ? rows.map(([, claim]) => claim) : undefined,
  });
  const told = flatMap(contested, { name: "endpoint-policy/contests", rows: contestsOf });
  return groupBy(told, {
    name: "endpoint-policy/contest-of",
    by: ({ endpoint }) => endpoint,
    reduce: (rows) => rows.map(([, contest]) => contest).toSorted((a, b) => badness(b) - badness(a))[0],
  });
}

function badness({ loses, over }: Contest): number {
  return (loses ? 2 : 0) + (over === "name" ? 1 : 0);
}

function claimsOf(row: PolicyEndpoint): readonly (readonly [Key, Claim])[] {
  return [nameClaim(row), ...matchClaims(row)];
}

function claimant(row: PolicyEndpoint): Pick<Claim, "endpoint" | "name" | "rank"> {
  const { policy, endpoint, index } = row;
  const name = `endpoint ${quote(endpoint.id)} of EndpointPolicy ${nameKey(policy.policy)}`;
  return { endpoint: endpointKey(row), name, rank: [policy.created, nameKey(policy.policy), index] };
}

/** Two endpoints whose children would have the same names, where the application lives. */
function nameClaim(row: PolicyEndpoint): readonly [Key, Claim] {
  const { app } = row.policy;
  const { workload } = endpointNames(app.name, row.endpoint.id);
  const key = JSON.stringify(["name", app.namespace, workload]);
  return [key, { key, over: "name", shown: `name ${quote(workload)}`, ...claimant(row) }];
}

function matchClaims(row: PolicyEndpoint): readonly (readonly [Key, Claim])[] {
  const { policy, endpoint } = row;
  const { gateway } = policy;
  const { path, pathType = "PathPrefix", methods = [], service, method, headers = [] } = endpoint.match;
  const what =
    endpoint.type === "grpc"
      ? `gRPC ${service ?? ""}${method === undefined ? "" : `/${method}`}`
      : `${pathType === "Exact" ? "path" : "path prefix"} ${quote(pathType === "Exact" || path === "/" ? path : path?.replace(/\/+$/, ""))}`;
  const conditions = headers.map(({ name, value, type }) => `${name.toLowerCase()} ${type} ${value}`).toSorted();
  const hosts = endpoint.hostnames.length === 0 ? ["*"] : endpoint.hostnames;
  const verbs = methods.length === 0 ? ["*"] : methods;
  return hosts.flatMap((host) =>
    verbs.map((verb): readonly [Key, Claim] => {
      const key = JSON.stringify([gateway.namespace, gateway.name, gateway.sectionName, host, verb, what, conditions]);
      const shown = `${verb === "*" ? "" : `${verb} `}${what}${host === "*" ? "" : ` of host ${quote(host)}`}`;
      return [key, { key, over: "match", shown, ...claimant(row) }];
    }),
  );
}

function contestsOf(claims: readonly Claim[]): readonly (readonly [Key, Contest])[] {
  const [first, ...later] = claims.toSorted(earlier);
  if (first === undefined) return [];
  const lost = later.map((claim): readonly [Key, Contest] => {
    const loss = claim.over === "name" ? "nothing" : "no route";
    const message = `${claim.shown} is taken by ${first.name}; this endpoint gets ${loss} until it is free`;
    return [claim.endpoint, { endpoint: claim.endpoint, over: claim.over, loses: true, message }];
  });
  const names = later.map(({ name }) => name);
  const others =
    names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${String(names.length - 3)} more` : names.join(", ");
  const message = `${first.shown} is also claimed by ${others}, in vain`;
  return [[first.endpoint, { endpoint: first.endpoint, over: first.over, loses: false, message }], ...lost];
}

function earlier(a: Claim, b: Claim): number {
  for (const i of [0, 1, 2] as const) {
    if (a.rank[i] !== b.rank[i]) return a.rank[i] < b.rank[i] ? -1 : 1;
  }
  return 0;
}
