import {
  enabledLabel,
  identityKey,
  instanceLabel,
  nameKey,
  podRoutesController,
  refOf,
  resourceTypes,
} from "@headgate/api";
import type { Action, Desired, KubeObject, Notice, PodRouteSettings, Refused, ResourceType } from "@headgate/api";
import { graph as newGraph, union } from "@headgate/delta";
import type { Collection, Graph } from "@headgate/delta";
import type { Selection } from "@headgate/kube";
import { plan } from "@headgate/views/plan";
import { childMarks, podRoutes } from "@headgate/views/pod-routes";
import type { ManagedPod } from "@headgate/views/pod-routes";

import type { FeedTarget } from "./feed.ts";

/** A kind of object that the pipeline reads: what to ask the API server for, and where it goes. */
export interface Source {
  readonly selection: Selection & { readonly type: ResourceType };
  readonly targets: readonly FeedTarget[];
}

/** Everything that the operator decides: objects in, actions and notices out. No effects. */
export interface Pipeline {
  readonly graph: Graph;
  readonly sources: readonly Source[];
  readonly desired: Collection<Desired>;
  readonly refusals: Collection<Refused>;
  /** Keyed `identityKey` of the object. */
  readonly actions: Collection<Action>;
  readonly notices: Collection<Notice>;
  readonly managed: Collection<ManagedPod>;
}

const byName = (object: KubeObject): string => nameKey(object.metadata);
const byIdentity = (object: KubeObject): string => identityKey(refOf(object));

/** The built-in controllers, mounted on one graph. */
export function pipeline(settings: PodRouteSettings): Pipeline {
  const graph = newGraph();
  const pods = graph.input<KubeObject>({ name: "pods" });
  const gateways = graph.input<KubeObject>({ name: "gateways" });
  const httpRoutes = graph.input<KubeObject>({ name: "http-routes" });
  const observed = graph.input<KubeObject>({ name: "observed" });

  const routes = podRoutes(settings).build({ pods, gateways, httpRoutes });
  const planned = plan({
    controller: podRoutesController,
    marks: { labels: childMarks(settings), instanceLabel },
    order: ["Service", "EndpointSlice", "HTTPRoute"],
    namespace: settings.watchNamespace,
  }).build({ desired: routes.desired, observed });

  const where: Selection = settings.watchNamespace === "" ? {} : { namespace: settings.watchNamespace };
  const source = (type: ResourceType, targets: readonly FeedTarget[], more: Selection = {}): Source => ({
    selection: { type, ...where, ...more },
    targets,
  });
  const child: FeedTarget = { input: observed, key: byIdentity };
  return {
    graph,
    desired: routes.desired,
    refusals: union({ name: "refusals" }, { routes: routes.refusals, plan: planned.refusals }),
    sources: [
      source(resourceTypes.Pod, [{ input: pods, key: byName }], { labelSelector: enabledLabel }),
      source(resourceTypes.Gateway, [{ input: gateways, key: byName }]),
      source(resourceTypes.Service, [child]),
      source(resourceTypes.EndpointSlice, [child]),
      source(resourceTypes.HTTPRoute, [child, { input: httpRoutes, key: byName }]),
    ],
    actions: planned.actions,
    notices: union({ name: "notices" }, { routes: routes.notices, plan: planned.notices }),
    managed: routes.managed,
  };
}
