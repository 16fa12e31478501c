import type { Gateway, GatewayListener } from "./parse-gateway.ts";
import { compare } from "./precedence.ts";

/** Why a listener can't be served at all: a reason of the `Accepted` condition, and a sentence. */
export interface Fault {
  readonly reason: string;
  readonly message: string;
}

/** A listener that wants a socket. */
export interface Claim {
  readonly gateway: Gateway;
  readonly listener: GatewayListener;
  /** In its Gateway's list. */
  readonly place: number;
}

export interface Verdict {
  readonly claim: Claim;
  readonly refused: Fault | undefined;
}

/**
 * Verdicts on all that want one socket. Listeners of one Gateway that can't be told apart are all refused; of several Gateways the oldest
 * keeps its place, so a newcomer never takes traffic away.
 */
export function judgeSocket(claims: readonly Claim[]): readonly Verdict[] {
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

function addressFault({ gateway: { addressProblem } }: Claim): Fault | undefined {
  return addressProblem === undefined ? undefined : { reason: "UnsupportedAddress", message: addressProblem };
}

function protocolFault({ listener: { protocol } }: Claim): Fault | undefined {
  if (protocol === "HTTP") return undefined;
  return { reason: "UnsupportedProtocol", message: `Protocol ${protocol} is not served; use HTTP.` };
}

function siblingConflict(claim: Claim, claims: readonly Claim[]): Fault | undefined {
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

function holderConflict(claim: Claim, holders: ReadonlyMap<string, Claim>): Fault | undefined {
  const holder = holders.get(claim.listener.hostname ?? "*");
  if (holder === undefined) return undefined;
  const message = `Gateway ${holder.gateway.key} is older and has this address, port and hostname; choose another port or hostname, or set spec.addresses.`;
  return { reason: "HostnameConflict", message };
}
