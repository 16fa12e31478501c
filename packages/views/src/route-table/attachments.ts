import { flatMap, groupBy, join, leftJoin, map } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import type { KubeObject } from "@headgate/api";
import { attach, sortedHosts } from "./attach.ts";
import type { Attachment, Labels } from "./attach.ts";
import type { GatewayState } from "./listeners.ts";
import type { HttpRoute } from "./parse-http-route.ts";

/** A route on one listener, however many parentRefs lead there. Keyed by listener and route. */
export interface ListenerRoute {
  readonly route: HttpRoute;
  readonly listener: string;
  readonly served: boolean;
  readonly hostnames: readonly string[];
}

/** Every parentRef that names a Gateway of ours, with what becomes of it. */
export function attachments(
  routes: Collection<HttpRoute>,
  states: Collection<GatewayState>,
  namespaces: Collection<KubeObject>,
): Collection<Attachment> {
  const labels = map(namespaces, { name: "namespace-labels", row: (ns): Labels => ns.metadata.labels ?? {} });
  const placed = leftJoin(routes, labels, {
    name: "routes-with-labels",
    leftKey: (route) => route.namespace,
    rightKey: (_, key) => key,
    row: (route, found) => ({ route, labels: found ?? {} }),
  });
  const wishes = flatMap(placed, {
    name: "parent-refs",
    rows: (row) => row.route.parents.map((parent, place) => [String(place), { ...row, parent, place }] as const),
  });
  return join(wishes, states, {
    name: "attachments",
    leftKey: ({ parent }) => parent.gateway,
    rightKey: (_, key) => key,
    row: attach,
  });
}

/** What hangs on each listener, served or not. */
export function listenerRoutes(all: Collection<Attachment>): Collection<ListenerRoute> {
  const holds = flatMap(all, {
    name: "holds",
    rows: ({ route, listeners }) => listeners.map((hold) => [hold.listener, { route, ...hold }] as const),
  });
  return groupBy(holds, {
    name: "listener-routes",
    by: ({ listener, route }) => `${listener}|${route.key}`,
    reduce: (rows) => {
      const first = rows[0]?.[1];
      return first && { ...first, hostnames: sortedHosts(rows.flatMap(([, hold]) => hold.hostnames)) };
    },
  });
}
