import { enabledLabel, identityKey, leanPod, nameKey, refOf, resourceTypes } from "@headgate/api";
import type { KubeObject, PodRouteSettings, ResourceType } from "@headgate/api";
import { graph as newGraph, mount } from "@headgate/delta";
import type { Collection, Graph, Input } from "@headgate/delta";
import type { Selection } from "@headgate/kube";
import { podRouteController, podRouteKinds } from "@headgate/views/pod-routes";
import type { PodRouteControllerOutputs } from "@headgate/views/pod-routes";

/** A kind of object that the pipeline reads: what to ask the API server for, and where it goes. */
export interface Source {
  readonly selection: Selection & { readonly type: ResourceType };
  readonly input: Input<KubeObject>;
  /** The key of an object in the input. */
  readonly key: (object: KubeObject) => string;
  /** Drops what nobody reads, before an object is kept. Absent: all of it is read. */
  readonly lean?: (object: KubeObject) => KubeObject;
}

type Outputs = { readonly [K in keyof PodRouteControllerOutputs]: Collection<PodRouteControllerOutputs[K]> };

/** Everything that the operator decides: objects in, actions and notices out. No effects. */
export interface Pipeline extends Outputs {
  readonly graph: Graph;
  readonly sources: readonly Source[];
}

const byName = (object: KubeObject): string => nameKey(object.metadata);
const byIdentity = (object: KubeObject): string => identityKey(refOf(object));

/** The built-in controllers, mounted on one graph. */
export function pipeline(settings: PodRouteSettings): Pipeline {
  const graph = newGraph();
  const { inputs, outputs } = mount(graph, podRouteController(settings));
  const where: Selection = settings.watchNamespace === "" ? {} : { namespace: settings.watchNamespace };
  return {
    graph,
    ...outputs,
    sources: [
      {
        selection: { ...where, type: resourceTypes.Pod, labelSelector: enabledLabel },
        input: inputs.pods,
        key: byName,
        lean: leanPod,
      },
      { selection: { ...where, type: resourceTypes.Gateway }, input: inputs.gateways, key: byName },
      ...podRouteKinds.map((kind) => ({
        selection: { ...where, type: resourceTypes[kind] },
        input: inputs.children,
        key: byIdentity,
      })),
    ],
  };
}
