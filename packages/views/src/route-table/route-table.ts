import { defineView, flatMap, groupBy, map, semiJoin, union } from "@headgate/delta";
import type { View } from "@headgate/delta";
import { identityKey } from "@headgate/api";
import type { DesiredStatus, KubeObject } from "@headgate/api";
import { attachments, listenerRoutes } from "./attachments.ts";
import { gatewayClassStatuses } from "./gateway-class-status.ts";
import { gatewayStatuses } from "./gateway-status.ts";
import { routeStatuses } from "./route-status.ts";
import { gatewayStates, ownClasses, servedListeners } from "./listeners.ts";
import { parseEndpointSlice } from "./parse-endpoint-slice.ts";
import { parseReferenceGrant } from "./parse-grant.ts";
import { parseGrpcRoute, parseHttpRoute } from "./parse-http-route.ts";
import { parseService } from "./parse-service.ts";
import { referenceProblems, references } from "./references.ts";
import { servedRoutes } from "./routes.ts";
import { targets } from "./targets.ts";
import type { Binding, Listener, Route, Target } from "./types.ts";

export interface RouteTableSettings {
  /** GatewayClasses that name it are ours. */
  readonly controllerName: string;
  /** Where the data plane is reached: what a Gateway that asks for no address gets in its status. */
  readonly addresses: readonly string[];
}

export const defaultControllerName = "headgate.io/gateway-controller";

/** One collection per kind, keyed `nameKey`; `bindings` comes from whatever serves the table, keyed `socketKey`. */
export interface RouteTableInputs {
  readonly gatewayClasses: KubeObject;
  readonly gateways: KubeObject;
  readonly httpRoutes: KubeObject;
  readonly grpcRoutes: KubeObject;
  readonly services: KubeObject;
  readonly endpointSlices: KubeObject;
  readonly referenceGrants: KubeObject;
  readonly namespaces: KubeObject;
  readonly bindings: Binding;
}

export interface RouteTableOutputs {
  readonly listeners: Listener;
  readonly routes: Route;
  readonly targets: Target;
  /** Only what the objects don't say yet; `lastTransitionTime` of a condition that changes is left to `stamp`. */
  readonly statuses: DesiredStatus;
}

/** Which requests go where, from Gateways, routes and endpoints; and what those objects should say about it. */
export function routeTable({
  controllerName,
  addresses,
}: RouteTableSettings): View<RouteTableInputs, RouteTableOutputs> {
  return defineView<RouteTableInputs, RouteTableOutputs>({
    name: "route-table",
    doc: "Which requests go where, from Gateways, routes and endpoints; and what those objects should say about it.",
    inputs: [
      "gatewayClasses",
      "gateways",
      "httpRoutes",
      "grpcRoutes",
      "services",
      "endpointSlices",
      "referenceGrants",
      "namespaces",
      "bindings",
    ],
    build: (from) => {
      const classes = ownClasses(from.gatewayClasses, controllerName);
      const states = gatewayStates(from.gateways, classes);
      const routes = union(
        { name: "parsed-routes" },
        {
          http: map(from.httpRoutes, { name: "http-routes", row: parseHttpRoute }),
          grpc: map(from.grpcRoutes, { name: "grpc-routes", row: parseGrpcRoute }),
        },
      );
      const services = map(from.services, { name: "services", row: parseService });
      const slices = flatMap(from.endpointSlices, {
        name: "slices",
        rows: (object) => parseEndpointSlice(object).map((slice) => ["", slice] as const),
      });
      const grants = flatMap(from.referenceGrants, {
        name: "grants",
        rows: (object) => parseReferenceGrant(object).map((grant, i) => [String(i), grant] as const),
      });

      const attached = attachments(routes, states, from.namespaces);
      const own = semiJoin(routes, attached, {
        name: "own-routes",
        leftKey: (r) => r.key,
        rightKey: (a) => a.route.key,
      });
      const hanging = listenerRoutes(attached);
      const refs = references(own);
      const problems = referenceProblems(refs, services, grants);
      const judged = { attachments: attached, problems, controllerName };
      const statuses = union(
        { name: "all-statuses" },
        {
          classes: gatewayClassStatuses(classes),
          gateways: gatewayStatuses({ gateways: from.gateways, states, hanging, bindings: from.bindings, addresses }),
          httpRoutes: routeStatuses("HTTPRoute", { ...judged, objects: from.httpRoutes }),
          grpcRoutes: routeStatuses("GRPCRoute", { ...judged, objects: from.grpcRoutes }),
        },
      );
      return {
        listeners: servedListeners(states),
        routes: servedRoutes(hanging, problems),
        targets: targets(refs, services, slices),
        statuses: groupBy(statuses, {
          name: "statuses",
          by: (s) => identityKey(s.target),
          reduce: (rows) => rows[0]?.[1],
        }),
      };
    },
  });
}
