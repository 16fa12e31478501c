import { anyHost, bySpecificity, intersect } from "./hostname.ts";
import type { GatewayState, JudgedListener } from "./listeners.ts";
import { selects } from "./parse-gateway.ts";
import type { HttpRoute, ParentRef } from "./parse-http-route.ts";
import { compare } from "./precedence.ts";
import { listenerKey } from "./types.ts";

/** One parentRef of a route, judged against the Gateway that it names. */
export interface Attachment {
  readonly route: HttpRoute;
  readonly parent: ParentRef;
  /** Place in the route's list. */
  readonly place: number;
  readonly verdict: { readonly accepted: boolean; readonly reason: string; readonly message: string };
  readonly listeners: readonly Hold[];
}

/** A listener that the route attaches to, with the hosts that both have in common. */
export interface Hold {
  readonly listener: string;
  readonly served: boolean;
  readonly hostnames: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** A parentRef of a route, with the labels of the route's namespace. */
export interface Wish {
  readonly route: HttpRoute;
  readonly labels: Labels;
  readonly parent: ParentRef;
  readonly place: number;
}

/** What becomes of a parentRef: the listeners that name, port, kind, namespace and host leave over, or which of these left none. */
export function attach({ route, labels, parent, place }: Wish, state: GatewayState): Attachment {
  const named = state.listeners.filter(
    (l) => (parent.sectionName ?? l.name) === l.name && (parent.port ?? l.port) === l.port,
  );
  const willing = named.filter(
    (l) => l.kinds.includes(route.kind) && allowsFrom(l, state.namespace, route.namespace, labels),
  );
  const listeners = willing.flatMap((l): Hold[] => {
    const hostnames = commonHosts(l.hostname ?? anyHost, route.hostnames);
    return hostnames.length === 0
      ? []
      : [{ listener: listenerKey(state.key, l.name), served: l.refused === undefined, hostnames }];
  });
  const verdict = judge({ named: named.length, willing: willing.length, listeners, route, gateway: state.key });
  return { route, parent, place, verdict, listeners };
}

interface Count {
  readonly named: number;
  readonly willing: number;
  readonly listeners: readonly Hold[];
  readonly route: HttpRoute;
  readonly gateway: string;
}

function judge({ named, willing, listeners, route, gateway }: Count): Attachment["verdict"] {
  const no = (reason: string, message: string): Attachment["verdict"] => ({ accepted: false, reason, message });
  if (named === 0)
    return no("NoMatchingParent", `Gateway ${gateway} has no listener with the sectionName and port asked for.`);
  if (willing === 0)
    return no(
      "NotAllowedByListeners",
      `No listener of Gateway ${gateway} allows ${route.kind}s from namespace ${route.namespace}.`,
    );
  if (listeners.length === 0)
    return no(
      "NoMatchingListenerHostname",
      `No listener of Gateway ${gateway} has a hostname in common with ${route.hostnames.join(", ")}.`,
    );
  if (!listeners.some((l) => l.served))
    return no("Pending", `Gateway ${gateway} can't serve the listeners asked for; see its status.`);
  if (route.unsupported.length > 0) return no("UnsupportedValue", route.unsupported.join(" "));
  return { accepted: true, reason: "Accepted", message: "The route is accepted." };
}

function allowsFrom({ namespaces }: JudgedListener, own: string, namespace: string, labels: Labels): boolean {
  if (namespaces.from === "Selector") return selects(namespaces.selector, labels);
  return namespaces.from === "All" || (namespaces.from === "Same" && own === namespace);
}

function commonHosts(listener: string, route: readonly string[]): readonly string[] {
  return sortedHosts((route.length === 0 ? [anyHost] : route).flatMap((host) => intersect(listener, host) ?? []));
}

/** Distinct hosts, the most specific first. */
export function sortedHosts(hosts: readonly string[]): readonly string[] {
  return [...new Set(hosts)].toSorted((a, b) => bySpecificity(a, b) || compare(a, b));
}
