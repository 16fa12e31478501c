import { endpointLabel, nameKey, policyLabel, policyNamespaceLabel, policyUidLabel } from "@headgate/api";
import type { Action, EndpointPolicy, KubeObject, Parsed, Refused } from "@headgate/api";
import { antiJoin, filter, groupBy, leftJoin, map, pairKey } from "@headgate/delta";
import type { Collection, Key } from "@headgate/delta";
import { fields } from "../read/index.ts";
import type { EndpointCase } from "./case.ts";
import { endpointKey } from "./claims.ts";
import { isParked } from "./parking.ts";

export interface ParsedPolicy {
  readonly about: Refused["about"];
  /** Deletion has begun. */
  readonly going: boolean;
  readonly outcome: Parsed<EndpointPolicy>;
}

/** The endpoint that an object was made for: its children are planned together, and each endpoint by itself. */
export function unitOf({ metadata }: KubeObject): Key | undefined {
  const { [policyLabel]: policy, [endpointLabel]: endpoint, [policyNamespaceLabel]: far } = metadata.labels ?? {};
  const namespace = far ?? metadata.namespace;
  if (policy === undefined || endpoint === undefined || namespace === undefined) return undefined;
  return pairKey(nameKey({ namespace, name: policy }), endpoint);
}

/** Which of the objects that nobody wants any more are to go now. */
export function leftOver(
  left: Collection<KubeObject>,
  { parsed, cases }: { readonly parsed: Collection<ParsedPolicy>; readonly cases: Collection<EndpointCase> },
): Collection<KubeObject> {
  return exceptOfWaiting(exceptOfInvalid(left, parsed), cases);
}

/** What a policy can't be read to want no longer stays as it is: a slip of the pen must not end what runs. */
function exceptOfInvalid(left: Collection<KubeObject>, parsed: Collection<ParsedPolicy>): Collection<KubeObject> {
  const invalid = filter(parsed, {
    name: "endpoint-policy/not-readable",
    where: ({ going, outcome }) => !going && !outcome.ok,
  });
  return antiJoin(left, invalid, {
    name: "endpoint-policy/to-remove",
    leftKey: ({ metadata: { labels, ownerReferences } }) =>
      labels?.[policyUidLabel] ?? ownerReferences?.find(({ controller }) => controller === true)?.uid,
    rightKey: ({ about }) => about.uid,
  });
}

/**
 * What bears an application's earlier name, or the route of an earlier type, serves on until the endpoint as it is now does. One that never
 * served stays for nothing; and one that is kept from serving, by another endpoint or another namespace, is not waited for.
 */
function exceptOfWaiting(left: Collection<KubeObject>, cases: Collection<EndpointCase>): Collection<KubeObject> {
  const waiting = filter(cases, {
    name: "endpoint-policy/waiting",
    where: ({ serving, admitted, conflict }) => !serving && admitted && conflict === undefined,
  });
  const open = filter(left, {
    name: "endpoint-policy/left-routes",
    where: ({ kind, spec }) => isRouteKind(kind) && !isParked(fields(spec)),
  });
  const before = groupBy(open, { name: "endpoint-policy/served-before", by: unitOf, reduce: (): true => true });
  const replaced = leftJoin(waiting, before, {
    name: "endpoint-policy/replaced",
    leftKey: endpointKey,
    rightKey: (_, key) => key,
    row: (of, served) => ({ of, served: served === true }),
  });
  const apps = groupBy(replaced, {
    name: "endpoint-policy/waiting-apps",
    by: ({ of }) => endpointKey(of),
    reduce: (rows) => (rows[0]?.[1].served === true ? rows[0][1].of.policy.app.name : undefined),
  });
  const noted = leftJoin(left, apps, {
    name: "endpoint-policy/left-of-waiting",
    leftKey: unitOf,
    rightKey: (_, key) => key,
    row: (object, app) => ({ object, app }),
  });
  const going = filter(noted, {
    name: "endpoint-policy/not-waited-for",
    where: ({ object: { kind, metadata }, app }) =>
      app === undefined || (!isRouteKind(kind) && metadata.labels?.["app.kubernetes.io/name"] === app),
  });
  return map(going, { name: "endpoint-policy/going", row: ({ object }) => object });
}

function isRouteKind(kind: string): boolean {
  return kind === "HTTPRoute" || kind === "GRPCRoute";
}

/** How long a Gateway may take to hear that a route is gone. */
const drainMs = 3000;

/** What a route led to goes a moment after it, when nobody sends requests there any more. */
export function drained(actions: Collection<Action>): Collection<Action> {
  const behind: readonly string[] = ["Deployment", "Service", "ReferenceGrant"];
  return map(actions, {
    name: "endpoint-policy/drained",
    row: (action) =>
      action.do === "delete" && behind.includes(action.target.kind) ? { ...action, afterMs: drainMs } : action,
  });
}
