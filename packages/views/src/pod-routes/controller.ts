import { instanceLabel, nameKey, podRoutesController } from "@headgate/api";
import type { Action, Desired, KubeObject, Notice, PodRouteSettings, Refused } from "@headgate/api";
import { antiJoin, defineView, groupBy, union } from "@headgate/delta";
import type { View } from "@headgate/delta";
import { plan } from "../plan/index.ts";
import { childMarks } from "./child.ts";
import { podRoutes } from "./view.ts";
import type { ManagedPod } from "./view.ts";

export interface PodRouteControllerInputs {
  /** Pods that bear the label `envoy-router/enabled`, whatever its value. Keyed `nameKey(metadata)`. */
  readonly pods: KubeObject;
  /** Keyed `nameKey(metadata)`. */
  readonly gateways: KubeObject;
  /** Every object of the kinds in {@link podRouteKinds}, whoever made it. Keyed `identityKey`. */
  readonly children: KubeObject;
}

export interface PodRouteControllerOutputs {
  /** The children of every pod whose route was not refused. */
  readonly desired: Desired;
  /** What to do now, keyed `identityKey` of the object; none when nothing differs. */
  readonly actions: Action;
  readonly notices: Notice;
  /** Why pods that asked for a route get none; each is among the notices too. */
  readonly refusals: Refused;
  /** The pods that have a route, or are about to. Their number is the gauge `envoy_router_managed_pods`. */
  readonly managed: ManagedPod;
}

/** The kinds of a pod's children, each after those that it builds on. */
export const podRouteKinds = ["Service", "EndpointSlice", "HTTPRoute"] as const;

/**
 * From what exists to what is to be done about pod routes.
 *
 * Only for complete inputs: before all of them are listed, what is not known yet looks as if it were gone.
 */
export function podRouteController(
  settings: PodRouteSettings,
): View<PodRouteControllerInputs, PodRouteControllerOutputs> {
  return defineView<PodRouteControllerInputs, PodRouteControllerOutputs>({
    name: "pod-routes-controller",
    doc: "From the pods, Gateways and children that exist to the next writes, and what people are told.",
    inputs: ["pods", "gateways", "children"],
    build({ pods, gateways, children }) {
      const httpRoutes = groupBy(children, {
        name: "pod-routes/http-routes",
        by: ({ kind, metadata }) => (kind === "HTTPRoute" ? nameKey(metadata) : undefined),
        reduce: (rows) => rows[0]?.[1],
      });
      const routed = podRoutes(settings).build({ pods, gateways, httpRoutes });
      const planned = plan({
        controller: podRoutesController,
        marks: { labels: childMarks(settings), instanceLabel },
        order: podRouteKinds,
        namespace: settings.watchNamespace,
      }).build({ desired: routed.desired, observed: children });
      const managed = antiJoin(routed.managed, planned.refusals, {
        name: "pod-routes/managed-pods",
        leftKey: ({ pod }) => pod.uid,
        rightKey: ({ about }) => about.uid,
      });
      const desired = antiJoin(routed.desired, planned.refusals, {
        name: "pod-routes/desired-children",
        leftKey: ({ owner }) => owner.uid,
        rightKey: ({ about }) => about.uid,
      });
      return {
        desired,
        actions: planned.actions,
        notices: union({ name: "pod-routes/all-notices" }, { routed: routed.notices, planned: planned.notices }),
        refusals: union({ name: "pod-routes/all-refusals" }, { routed: routed.refusals, planned: planned.refusals }),
        managed,
      };
    },
  });
}
