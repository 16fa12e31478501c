import { enabledLabel, identityKey, leanPod, nameKey, refOf, resourceTypes } from "@headgate/api";
import type { Action, DesiredStatus, KubeObject, PodRouteSettings, ResourceType } from "@headgate/api";
import { graph as newGraph, groupBy, union } from "@headgate/delta";
import type { Collection, Graph, Input } from "@headgate/delta";
import type { Selection } from "@headgate/kube";
import { endpointPolicyController, endpointPolicyKinds } from "@headgate/views/endpoint-policy";
import type { EndpointPolicyOutputs, Obstacle, RefusedWrite } from "@headgate/views/endpoint-policy";
import { podRouteController, podRouteKinds } from "@headgate/views/pod-routes";
import type { PodRouteControllerOutputs } from "@headgate/views/pod-routes";

/** A kind of object that the pipeline reads: what to ask the API server for, and where it goes. */
export interface Source {
  readonly selection: Selection & { readonly type: ResourceType };
  readonly input: Input<KubeObject>;
  /** Where the objects go as well: a kind that two controllers read is watched once. */
  readonly also?: Input<KubeObject> | undefined;
  /** The key of an object in its inputs. */
  readonly key: (object: KubeObject) => string;
  /** Drops what nobody reads, before an object is kept. Absent: all of it is read. */
  readonly lean?: (object: KubeObject) => KubeObject;
  /** Only endpoint policies read it; and so they do with what `also` gets. */
  readonly ofEndpointPolicies?: true;
}

export interface PipelineParts {
  /** Whether endpoint policies are served; left out: no. */
  readonly endpointPolicies?: boolean;
  /** Whether Operators are served, which decide beside this; left out: no. */
  readonly pipelines?: boolean;
}

type Outputs = { readonly [K in keyof PodRouteControllerOutputs]: Collection<PodRouteControllerOutputs[K]> };

/** Everything that the operator decides: objects in, actions, statuses and notices out. No effects. */
export interface Pipeline extends Outputs {
  readonly graph: Graph;
  readonly sources: readonly Source[];
  /** Statuses of policies; `lastTransitionTime` of a condition that changes is left to the writer. */
  readonly statuses: Collection<DesiredStatus>;
  /** Holds the one thing that keeps policies from being served, if there is one. */
  readonly obstacles: Input<Obstacle>;
  /** What the API server refuses, keyed like the actions. */
  readonly refusedWrites: Input<RefusedWrite>;
  /** How the endpoints of policies fare. */
  readonly endpoints: Collection<EndpointPolicyOutputs["endpoints"]>;
}

const byName = (object: KubeObject): string => nameKey(object.metadata);
const byIdentity = (object: KubeObject): string => identityKey(refOf(object));

/** The built-in controllers, on one graph. */
export function pipeline(settings: PodRouteSettings, { endpointPolicies = false }: PipelineParts = {}): Pipeline {
  const graph = newGraph();
  const [pods, gateways, children, policies, policyChildren] = [
    graph.input<KubeObject>({ name: "pods" }),
    graph.input<KubeObject>({ name: "gateways" }),
    graph.input<KubeObject>({ name: "children" }),
    graph.input<KubeObject>({ name: "policies" }),
    graph.input<KubeObject>({ name: "policy-children" }),
  ];
  const obstacles = graph.input<Obstacle>({ name: "obstacles" });
  const refusedWrites = graph.input<RefusedWrite>({ name: "refused-writes" });
  const routes = podRouteController(settings).build({ pods, gateways, children });
  const where: Selection = settings.watchNamespace === "" ? {} : { namespace: settings.watchNamespace };
  const also = (kind: string): boolean => endpointPolicies && (endpointPolicyKinds as readonly string[]).includes(kind);
  const sources: readonly Source[] = [
    {
      selection: { ...where, type: resourceTypes.Pod, labelSelector: enabledLabel },
      input: pods,
      key: byName,
      lean: leanPod,
    },
    { selection: { ...where, type: resourceTypes.Gateway }, input: gateways, key: byName },
    ...podRouteKinds.map((kind) => ({
      selection: { ...where, type: resourceTypes[kind] },
      input: children,
      ...(also(kind) && { also: policyChildren }),
      key: byIdentity,
    })),
  ];
  if (!endpointPolicies) {
    const none = {
      statuses: graph.input<DesiredStatus>({ name: "statuses" }),
      endpoints: graph.input<EndpointPolicyOutputs["endpoints"]>({ name: "endpoints" }),
    };
    return { graph, ...routes, ...none, obstacles, refusedWrites, sources };
  }
  const policed = endpointPolicyController(settings).build({
    policies,
    gateways,
    children: policyChildren,
    obstacles,
    refusedWrites,
  });
  const more = endpointPolicyKinds
    .filter((kind) => !(podRouteKinds as readonly string[]).includes(kind))
    .map((kind) => ({
      selection: { ...where, type: resourceTypes[kind] },
      input: policyChildren,
      key: byIdentity,
      ofEndpointPolicies: true as const,
    }));
  const both = <R>(
    name: string,
    of: { readonly routes: Collection<R>; readonly policed: Collection<R> },
  ): Collection<R> => union({ name: `operator/${name}` }, of);
  return {
    graph,
    desired: both("desired", { routes: routes.desired, policed: policed.desired }),
    actions: oneForEach(both("all-actions", { routes: routes.actions, policed: policed.actions })),
    notices: both("notices", { routes: routes.notices, policed: policed.notices }),
    refusals: both("refusals", { routes: routes.refusals, policed: policed.refusals }),
    managed: routes.managed,
    statuses: policed.statuses,
    obstacles,
    refusedWrites,
    endpoints: policed.endpoints,
    sources: [
      ...sources,
      {
        selection: { ...where, type: resourceTypes.EndpointPolicy },
        input: policies,
        key: byName,
        ofEndpointPolicies: true,
      },
      ...more,
    ],
  };
}

/** One action for each object: of two controllers that want one that is not there, one makes it, and the other sees that it is not its own. */
function oneForEach(actions: Collection<Action>): Collection<Action> {
  return groupBy(actions, {
    name: "operator/actions",
    by: (action) => {
      if (action.do === "apply") return identityKey(refOf(action.desired.object));
      return identityKey("target" in action ? action.target : action.desired.target);
    },
    reduce: (rows) => rows[0]?.[1],
  });
}
