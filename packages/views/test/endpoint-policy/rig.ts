import { identityKey, nameKey, refOf } from "@headgate/api";
import type { Action, DesiredStatus, KubeObject } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import type { Collection, Input, Key } from "@headgate/delta";
import { modelCluster } from "@headgate/testkit";
import type { ModelCluster } from "@headgate/testkit";
import { endpointPolicyController } from "@headgate/views/endpoint-policy";
import type { EndpointPolicyOutputs } from "@headgate/views/endpoint-policy";
import { stamp } from "@headgate/views/route-table";

export const instance = "headgate";

type Controller = { readonly [K in keyof EndpointPolicyOutputs]: Collection<EndpointPolicyOutputs[K]> } & {
  /** Brings what is known in line with what exists. */
  see(objects: Iterable<KubeObject>): void;
};

export function controller(): Controller {
  const engine = graph();
  const { inputs, outputs } = mount(engine, endpointPolicyController({ instance, watchNamespace: "" }));
  const known = new Map<string, KubeObject>();
  const place = (object: KubeObject): readonly [Input<KubeObject>, Key] => {
    if (object.kind === "EndpointPolicy") return [inputs.policies, nameKey(object.metadata)];
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

export interface Stage {
  readonly cluster: ModelCluster;
  operator: Controller;
}

export function aGateway(namespace: string, name = "gw"): KubeObject {
  const metadata = { name, namespace, uid: `uid-${namespace}-${name}` };
  return { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata };
}

/** A policy as short as a case may write it. */
export function aPolicy(name: string, spec: object, metadata: object = {}): KubeObject {
  return {
    apiVersion: "endpointscaler.io/v1alpha1",
    kind: "EndpointPolicy",
    metadata: { name, namespace: "shop", generation: 1, ...metadata },
    spec,
  };
}

export function stage(): Stage {
  const cluster = modelCluster();
  cluster.put(aGateway("shop"));
  return { cluster, operator: controller() };
}

/** The rows of a collection in key order. */
export function rowsOf<R>(collection: Collection<R>): readonly R[] {
  return [...collection.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

export function actionLine(action: Action): string {
  if (action.do === "release") return `release ${action.target.kind} ${nameKey(action.target)}`;
  if (action.do === "delete") return `delete ${action.target.kind} ${nameKey(action.target)}`;
  if (action.do === "status") return `status ${nameKey(action.desired.target)}`;
  const { kind, metadata } = action.desired.object;
  return `${action.observed === undefined ? "create" : "change"} ${kind} ${nameKey(metadata)}`;
}

/**
 * Lets the operator work until it has nothing to do, and gives its writes in order; statuses are written last, and must then be as wanted.
 * Throws when it never comes to rest.
 */
export function settle({ cluster, operator }: Stage): string[] {
  const lines: string[] = [];
  for (let round = 0; round < 40; round++) {
    operator.see(cluster.objects.values());
    const actions = rowsOf(operator.actions).toSorted((a, b) => (actionLine(a) < actionLine(b) ? -1 : 1));
    const statuses = rowsOf(operator.statuses);
    if (actions.length === 0 && statuses.length === 0) return lines;
    for (const action of actions) lines.push(`${actionLine(action)}${cluster.act(action) ? "" : " (refused)"}`);
    if (actions.length === 0) for (const status of statuses) writeStatus(cluster, status);
  }
  throw new Error(`the operator never comes to rest:\n${lines.join("\n")}`);
}

function writeStatus(cluster: ModelCluster, desired: DesiredStatus): void {
  const object = cluster.objects.get(identityKey(desired.target));
  if (object === undefined) return;
  const { status } = stamp(desired, "2026-11-21T12:00:00Z");
  cluster.put({ ...object, status: { ...(object.status as object | undefined), ...status } });
}

/** The Deployment controller's word: so many replicas are available. */
export function setAvailable({ cluster }: Stage, name: string, replicas: number): void {
  const object = cluster.objects.get(`apps/Deployment/${name}`);
  if (object === undefined) throw new Error(`there is no Deployment ${name}`);
  const conditions = [{ type: "Available", status: replicas > 0 ? "True" : "False" }];
  cluster.put({ ...object, status: { availableReplicas: replicas, conditions } });
}

/** The Gateway's word: the route is taken. */
export function accept({ cluster }: Stage, key: string, gateway = "gw"): void {
  const object = cluster.objects.get(`gateway.networking.k8s.io/${key}`);
  if (object === undefined) throw new Error(`there is no ${key}`);
  const conditions = ["Accepted", "ResolvedRefs"].map((type) => ({ type, status: "True" }));
  cluster.put({ ...object, status: { parents: [{ parentRef: { name: gateway }, conditions }] } });
}

/** Someone sets the replicas of a Deployment, as an autoscaler or `kubectl scale` does. */
export function scale({ cluster }: Stage, name: string, replicas: number): void {
  const object = cluster.objects.get(`apps/Deployment/${name}`);
  if (object === undefined) throw new Error(`there is no Deployment ${name}`);
  const entry = {
    manager: "scaler",
    operation: "Update",
    subresource: "scale",
    fieldsV1: { "f:spec": { "f:replicas": {} } },
  };
  const others = (object.metadata.managedFields ?? []).filter(
    (one) => (one as { manager: string }).manager !== "scaler",
  );
  cluster.put({
    ...object,
    metadata: { ...object.metadata, managedFields: [...others, entry] },
    spec: { ...(object.spec as object), replicas },
  });
}
