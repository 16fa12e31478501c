import { parseRoutedPod, refOf, routeWanted } from "@headgate/api";
import type { Desired, KubeObject, Notice, Parsed, PodRouteSettings, Refused, RoutedPod } from "@headgate/api";
import { defineView, filter, flatMap, map, union } from "@headgate/delta";
import type { Key, View } from "@headgate/delta";
import { decideClaims } from "./claims.ts";
import { endpointSlices } from "./endpoint-slices.ts";
import { httpRoute } from "./http-route.ts";
import { podNotices } from "./notices.ts";
import { service } from "./service.ts";

/** Rows of raw objects, keyed `nameKey(metadata)`. */
export interface PodRouteInputs {
  /** Pods that bear the label `envoy-router/enabled`, whatever its value. */
  readonly pods: KubeObject;
  readonly gateways: KubeObject;
  /** The HTTPRoutes that exist, for what Gateways say about them. */
  readonly httpRoutes: KubeObject;
}

export interface PodRouteOutputs {
  readonly desired: Desired;
  readonly notices: Notice;
  /** Why pods that asked for a route get none; each is among the notices too. */
  readonly refusals: Refused;
  /** The pods that get a route, provided that their children may be made. */
  readonly managed: ManagedPod;
}

export interface ManagedPod {
  readonly pod: RoutedPod["pod"];
  readonly childName: string;
  readonly path: string;
  readonly hostname: string | undefined;
  readonly state: "ready" | "not ready" | "terminating";
}

/** Gives each pod that asks for it a route of its own on the Gateway of its namespace, for as long as it can serve. */
export function podRoutes(settings: PodRouteSettings): View<PodRouteInputs, PodRouteOutputs> {
  return defineView<PodRouteInputs, PodRouteOutputs>({
    name: "pod-routes",
    doc: "Each labelled pod with an address gets a Service, its EndpointSlices and an HTTPRoute, until it has finished or is gone.",
    inputs: ["pods", "gateways", "httpRoutes"],
    build({ pods, gateways, httpRoutes }) {
      const here = filter(pods, {
        name: "pod-routes/here",
        where: ({ metadata }) => settings.watchNamespace === "" || metadata.namespace === settings.watchNamespace,
      });
      const asking = filter(here, { name: "pod-routes/asking", where: (pod) => routeWanted(pod) === "yes" });
      const parsed = map(asking, {
        name: "pod-routes/parsed",
        row: (pod) => ({ about: refOf(pod), outcome: parseRoutedPod(pod) }),
      });
      const faulty = flatMap(parsed, { name: "pod-routes/faulty", rows: faults });
      const live = flatMap(parsed, { name: "pod-routes/live", rows: living });
      const { granted, lost } = decideClaims(live);
      const losers = flatMap(lost, {
        name: "pod-routes/losers",
        rows: ({ pod, refusal }): readonly (readonly [Key, Refused])[] =>
          refusal === undefined ? [] : [["claim", { about: pod, refusal }]],
      });
      const refusals = union({ name: "pod-routes/refusals" }, { faulty, losers });
      return {
        desired: flatMap(granted, { name: "pod-routes/desired", rows: (routed) => children(routed, settings) }),
        notices: podNotices({ pods: here, granted, refusals, gateways, httpRoutes }, settings),
        refusals,
        managed: map(granted, { name: "pod-routes/managed", row: managedPod }),
      };
    },
  });
}

interface ParsedPod {
  readonly about: Refused["about"];
  readonly outcome: Parsed<RoutedPod>;
}

/** Each refusal under a key of its own, so that mending one fault leaves the notices of the others alone. */
function faults({ about, outcome }: ParsedPod): Iterable<readonly [Key, Refused]> {
  if (outcome.ok) return [];
  return new Map(outcome.refusals.map((refusal) => [`${refusal.reason} ${refusal.field ?? ""}`, { about, refusal }]));
}

/** A pod takes part as soon as it has an address and until its last container has ended. */
function living({ outcome }: ParsedPod): readonly (readonly [Key, RoutedPod])[] {
  if (!outcome.ok || outcome.value.finished || outcome.value.addresses.length === 0) return [];
  return [["pod", outcome.value]];
}

function children(routed: RoutedPod, settings: PodRouteSettings): readonly (readonly [Key, Desired])[] {
  const all = [service(routed, settings), ...endpointSlices(routed, settings), httpRoute(routed, settings)];
  return all.map((desired) => [`${desired.object.kind}/${desired.object.metadata.name}`, desired]);
}

function managedPod({ pod, childName, path, hostname, ready, terminating }: RoutedPod): ManagedPod {
  const state = terminating ? "terminating" : ready ? "ready" : "not ready";
  return { pod, childName, path, hostname, state };
}
