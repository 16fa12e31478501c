import { flatMap, groupBy, join, leftJoin } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { identityKey } from "@headgate/api";
import type { DesiredStatus, Json, KubeObject } from "@headgate/api";
import type { ListenerRoute } from "./attachments.ts";
import { mergeConditions, statusRow } from "../conditions/index.ts";
import { routeTableController } from "./names.ts";
import { gatewayConditions, isProgrammed, listenerConditions } from "./gateway-conditions.ts";
import type { Report } from "./gateway-conditions.ts";
import type { GatewayState } from "./listeners.ts";
import { gatewayGroup } from "./parse-gateway.ts";
import { fields, list } from "../read/index.ts";
import { tally } from "./tally.ts";
import { listenerKey } from "./types.ts";
import type { Binding } from "./types.ts";

export interface GatewayStatusInputs {
  readonly gateways: Collection<KubeObject>;
  readonly states: Collection<GatewayState>;
  readonly hanging: Collection<ListenerRoute>;
  readonly bindings: Collection<Binding>;
  /** Where the data plane is reached by a Gateway that asks for no address. */
  readonly addresses: readonly string[];
}

/** What each Gateway of ours should say: whether it is accepted, whether its sockets are open, how many routes hang on each listener. */
export function gatewayStatuses({
  gateways,
  states,
  hanging,
  bindings,
  addresses,
}: GatewayStatusInputs): Collection<DesiredStatus> {
  const listeners = flatMap(states, {
    name: "gateway-listeners",
    rows: (state) =>
      state.listeners.map((listener, place) => [listener.name, { gateway: state.key, place, listener }] as const),
  });
  const counted = leftJoin(
    listeners,
    tally(hanging, { name: "attached-routes", by: (r) => r.listener, member: (r) => r.route.key }),
    {
      name: "counted-listeners",
      leftKey: (row) => listenerKey(row.gateway, row.listener.name),
      rightKey: (_, key) => key,
      row: (row, count) => ({ ...row, attached: count ?? 0 }),
    },
  );
  const reported = leftJoin(counted, bindings, {
    name: "listener-reports",
    leftKey: (row) => row.listener.socket,
    rightKey: (_, key) => key,
    row: (row, binding): Report => ({ ...row, binding }),
  });
  const reports = groupBy(reported, {
    name: "gateway-reports",
    by: (r) => r.gateway,
    reduce: (rows) => rows.map(([, r]) => r),
  });
  const stated = join(states, reports, {
    name: "reported-gateways",
    leftKey: (_, key) => key,
    rightKey: (_, key) => key,
    row: (state, found) => ({ state, reports: found.toSorted((a, b) => a.place - b.place) }),
  });
  const wanted = join(gateways, stated, {
    name: "wanted-gateway-status",
    leftKey: (_, key) => key,
    rightKey: ({ state }) => state.key,
    row: (object, found) => ({ object, status: gatewayStatus(object, found, addresses) }),
  });
  const rows = flatMap(wanted, {
    name: "gateway-status-writes",
    rows: ({ object, status }) => statusRow(routeTableController, object, status),
  });
  return groupBy(rows, { name: "gateway-status", by: (row) => identityKey(row.target), reduce: (all) => all[0]?.[1] });
}

interface Stated {
  readonly state: GatewayState;
  readonly reports: readonly Report[];
}

function gatewayStatus(
  object: KubeObject,
  { state, reports }: Stated,
  addresses: readonly string[],
): Readonly<Record<string, Json>> {
  const { generation } = object.metadata;
  const observed = fields(object.status);
  const before = new Map(list(observed["listeners"]).map((l) => [fields(l)["name"], fields(l)["conditions"]]));
  const anyBound = reports.some(isProgrammed);
  return {
    addresses: (anyBound ? (state.address === undefined ? addresses : [state.address]) : []).map((value) => ({
      type: addressType(value),
      value,
    })),
    conditions: mergeConditions(observed["conditions"], generation, gatewayConditions(state, reports)),
    listeners: reports.map((report) => ({
      name: report.listener.name,
      supportedKinds: report.listener.kinds.map((kind) => ({ group: gatewayGroup, kind })),
      attachedRoutes: report.attached,
      conditions: mergeConditions(before.get(report.listener.name), generation, listenerConditions(report)),
    })),
  };
}

function addressType(value: string): string {
  return /^[0-9.]+$|:/.test(value) ? "IPAddress" : "Hostname";
}
