import { filter, flatMap, groupBy, map, semiJoin } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import type { KubeObject } from "@headgate/api";
import { parseGateway } from "./parse-gateway.ts";
import type { Gateway, GatewayListener } from "./parse-gateway.ts";
import { compare } from "./precedence.ts";
import { fields } from "./read.ts";
import { listenerKey, socketKey } from "./types.ts";
import type { Listener } from "./types.ts";

/** A listener with the verdict on it. */
export interface JudgedListener extends GatewayListener {
  readonly socket: string;
  /** Why it can't be served at all: a reason of the `Accepted` condition, and a sentence. */
  readonly refused: { readonly reason: string; readonly message: string } | undefined;
}

/** A Gateway of ours with the verdicts on its listeners, in the author's order. */
export interface GatewayState extends Omit<Gateway, "listeners"> {
  readonly listeners: readonly JudgedListener[];
}

interface Claim {
  readonly gateway: Gateway;
  readonly listener: GatewayListener;
  readonly place: number;
}

interface Verdict {
  readonly claim: Claim;
  readonly refused: JudgedListener["refused"];
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

/**
 * Verdicts on all that want one socket. Listeners of one Gateway that can't be told apart are all refused; of several Gateways the oldest
 * keeps its place, so a newcomer never takes traffic away.
 */
function judgeSocket(claims: readonly Claim[]): readonly Verdict[] {
  const byAge = claims.toSorted(
    (a, b) =>
      compare(a.gateway.createdAt, b.gateway.createdAt) || compare(a.gateway.key, b.gateway.key) || a.place - b.place,
  );
  const holders = new Map<string, Claim>();
  return byAge.map((claim) => {
    const refused =
      addressFault(claim) ?? siblingConflict(claim, claims) ?? protocolFault(claim) ?? holderConflict(claim, holders);
    if (refused === undefined) holders.set(claim.listener.hostname ?? "*", claim);
    return { claim, refused };
  });
}

function addressFault({ gateway: { addressProblem } }: Claim): JudgedListener["refused"] {
  return addressProblem === undefined ? undefined : { reason: "UnsupportedAddress", message: addressProblem };
}

function protocolFault({ listener: { protocol } }: Claim): JudgedListener["refused"] {
  if (protocol === "HTTP") return undefined;
  return { reason: "UnsupportedProtocol", message: `Protocol ${protocol} is not served; use HTTP.` };
}

function siblingConflict(claim: Claim, claims: readonly Claim[]): JudgedListener["refused"] {
  for (const other of claims) {
    if (other.gateway.key !== claim.gateway.key || other.place === claim.place) continue;
    const conflict = { message: `Listener ${other.listener.name} of this Gateway wants the same port` };
    if (other.listener.protocol !== claim.listener.protocol)
      return { reason: "ProtocolConflict", message: `${conflict.message} with protocol ${other.listener.protocol}.` };
    if (other.listener.hostname === claim.listener.hostname)
      return { reason: "HostnameConflict", message: `${conflict.message} and hostname.` };
  }
  return undefined;
}

function holderConflict(claim: Claim, holders: ReadonlyMap<string, Claim>): JudgedListener["refused"] {
  const holder = holders.get(claim.listener.hostname ?? "*");
  if (holder === undefined) return undefined;
  const message = `Gateway ${holder.gateway.key} is older and has this address, port and hostname; choose another port or hostname, or set spec.addresses.`;
  return { reason: "HostnameConflict", message };
}
