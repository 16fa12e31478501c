import { filter, flatMap, groupBy, map, semiJoin } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import type { KubeObject } from "@headgate/api";
import { judgeSocket } from "./judge-socket.ts";
import type { Fault, Verdict } from "./judge-socket.ts";
import { parseGateway } from "./parse-gateway.ts";
import type { Gateway, GatewayListener } from "./parse-gateway.ts";
import { fields } from "../read/index.ts";
import { listenerKey, socketKey } from "./types.ts";
import type { Listener } from "./types.ts";

/** A listener with the verdict on it. */
export interface JudgedListener extends GatewayListener {
  readonly socket: string;
  /** Why it can't be served at all. */
  readonly refused: Fault | undefined;
}

/** A Gateway of ours with the verdicts on its listeners, in the author's order. */
export interface GatewayState extends Omit<Gateway, "listeners"> {
  readonly listeners: readonly JudgedListener[];
}

/** The GatewayClasses that name our controller. */
export function ownClasses(classes: Collection<KubeObject>, controllerName: string): Collection<KubeObject> {
  return filter(classes, { name: "own-classes", where: (c) => fields(c.spec)["controllerName"] === controllerName });
}

/** Our Gateways, with a verdict on each listener: several that want the same socket and host are told apart here. */
export function gatewayStates(
  gateways: Collection<KubeObject>,
  classes: Collection<KubeObject>,
): Collection<GatewayState> {
  const own = semiJoin(map(gateways, { name: "gateways", row: parseGateway }), classes, {
    name: "own-gateways",
    leftKey: (gateway) => gateway.className,
    rightKey: (_, key) => key,
  });
  const claims = flatMap(own, {
    name: "listener-claims",
    rows: (gateway) =>
      gateway.listeners.map((listener, place) => [listener.name, { gateway, listener, place }] as const),
  });
  const sockets = groupBy(claims, {
    name: "sockets",
    by: ({ gateway, listener }) => socketKey(gateway.address, listener.port),
    reduce: (rows) => judgeSocket(rows.map(([, claim]) => claim)),
  });
  const verdicts = flatMap(sockets, {
    name: "listener-verdicts",
    rows: (all) => all.map((v) => [listenerKey(v.claim.gateway.key, v.claim.listener.name), v] as const),
  });
  return groupBy(verdicts, {
    name: "gateway-states",
    by: (v) => v.claim.gateway.key,
    reduce: (rows) => stateOf(rows.map(([, v]) => v)),
  });
}

/** The listeners that are served, keyed by `listenerKey`. */
export function servedListeners(states: Collection<GatewayState>): Collection<Listener> {
  const all = flatMap(states, {
    name: "served-listeners",
    rows: (state) =>
      state.listeners
        .filter((l) => l.refused === undefined)
        .map(({ name, port, hostname }): [string, Listener] => [
          name,
          { gateway: state.key, name, address: state.address, port, hostname },
        ]),
  });
  return groupBy(all, {
    name: "listeners",
    by: (l) => listenerKey(l.gateway, l.name),
    reduce: (rows) => rows[0]?.[1],
  });
}

function stateOf(verdicts: readonly Verdict[]): GatewayState | undefined {
  const [first] = verdicts;
  if (first === undefined) return undefined;
  const { gateway } = first.claim;
  const listeners = verdicts
    .toSorted((a, b) => a.claim.place - b.claim.place)
    .map(({ claim: { listener }, refused }) => ({
      ...listener,
      socket: socketKey(gateway.address, listener.port),
      refused,
    }));
  return { ...gateway, listeners };
}
