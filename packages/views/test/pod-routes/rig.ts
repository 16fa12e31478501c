import { defaultPodRouteSettings, identityKey, nameKey, refOf } from "@headgate/api";
import type { Action, KubeObject, Notice, PodRouteSettings, Refused } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import type { Collection, Input, Key } from "@headgate/delta";
import { podRouteController } from "@headgate/views/pod-routes";
import type { ManagedPod } from "@headgate/views/pod-routes";

/** A pod as short as a case file may write it: what is left out is the same for every pod. */
export function aPod(given: Partial<KubeObject> & { readonly metadata: KubeObject["metadata"] }): KubeObject {
  const { name, namespace = "shop", uid = `uid-${name}`, ...rest } = given.metadata;
  return { apiVersion: "v1", kind: "Pod", ...given, metadata: { name, namespace, uid, ...rest } };
}

/** A running, ready, labelled pod. */
export function runningPod(name: string, more: Partial<KubeObject["metadata"]> = {}, status: object = {}): KubeObject {
  return aPod({
    metadata: { name, labels: { "envoy-router/enabled": "true" }, ...more },
    spec: { nodeName: "node-1" },
    status: { phase: "Running", podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True" }], ...status },
  });
}

export function aGateway(namespace: string, name = "envoy-router"): KubeObject {
  const metadata = { name, namespace, uid: `uid-${namespace}-${name}` };
  return { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata };
}

export function settingsOf(given: Partial<PodRouteSettings> = {}): PodRouteSettings {
  return { ...defaultPodRouteSettings, ...given };
}

/** The controller as the operator wires it: everything observed goes in, actions come out. */
export interface Controller {
  /** Brings what is known in line with what exists. */
  see(objects: Iterable<KubeObject>): void;
  readonly actions: Collection<Action>;
  readonly notices: Collection<Notice>;
  readonly refusals: Collection<Refused>;
  readonly managed: Collection<ManagedPod>;
}

export function controller(settings: PodRouteSettings): Controller {
  const engine = graph();
  const { inputs, outputs } = mount(engine, podRouteController(settings));
  const known = new Map<string, KubeObject>();
  const place = (object: KubeObject): readonly [Input<KubeObject>, Key] => {
    if (object.kind === "Pod") return [inputs.pods, nameKey(object.metadata)];
    if (object.kind === "Gateway") return [inputs.gateways, nameKey(object.metadata)];
    return [inputs.children, identityKey(refOf(object))];
  };
  return {
    ...outputs,
    see(objects) {
      const now = new Map([...objects].map((object) => [identityKey(refOf(object)), object]));
      engine.turn((turn) => {
        for (const [key, object] of known) if (!now.has(key)) turn.delete(...place(object));
        for (const [key, object] of now) if (known.get(key) !== object) turn.set(...place(object), object);
      });
      known.clear();
      for (const [key, object] of now) known.set(key, object);
    },
  };
}

/** The rows of a collection in key order. */
export function rowsOf<R>(collection: Collection<R>): readonly R[] {
  return [...collection.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** An action in one line. */
export function actionLine(action: Action): string {
  if (action.do === "release") return `release ${action.target.kind} ${nameKey(action.target)}`;
  if (action.do === "delete") return `delete ${action.target.kind} ${nameKey(action.target)}`;
  if (action.do === "status") return "status";
  const { object } = action.desired;
  return `${action.observed === undefined ? "create" : "change"} ${object.kind} ${nameKey(object.metadata)}`;
}

export function noticeLine({ about, type, reason, message }: Notice): string {
  return `${type} ${reason} on ${about.kind} ${nameKey(about)}: ${message}`;
}
