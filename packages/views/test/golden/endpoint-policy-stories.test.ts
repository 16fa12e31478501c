import { identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { scenarioSuite } from "@headgate/testkit";
import { accept, rowsOf, scale, setAvailable, settle, stage, controller } from "../endpoint-policy/rig.ts";
import type { Stage } from "../endpoint-policy/rig.ts";

/** What happens from outside, in the order of these fields; all of one event happens before the operator looks again. */
interface Event {
  /** Objects that are deleted, as `Kind/namespace/name`. */
  readonly remove?: readonly string[];
  readonly put?: readonly KubeObject[];
  /** Someone changes fields of an object: merged into it by path, null removes. */
  readonly edit?: Readonly<Record<string, unknown>>;
  /** So many replicas of a Deployment are available now. */
  readonly available?: Readonly<Record<string, number>>;
  /** Someone scales a Deployment. */
  readonly scale?: Readonly<Record<string, number>>;
  /** Routes that their Gateway takes. */
  readonly accept?: readonly string[];
  readonly collect?: boolean;
  /** The operator is killed, and started again. */
  readonly restart?: boolean;
}

const groups: Readonly<Record<string, string>> = {
  EndpointPolicy: "endpointscaler.io",
  Deployment: "apps",
  HorizontalPodAutoscaler: "autoscaling",
  PodDisruptionBudget: "policy",
  HTTPRoute: "gateway.networking.k8s.io",
  GRPCRoute: "gateway.networking.k8s.io",
  Gateway: "gateway.networking.k8s.io",
  ReferenceGrant: "gateway.networking.k8s.io",
};

function keyOf(short: string): string {
  return `${groups[short.split("/")[0] ?? ""] ?? ""}/${short}`;
}

function edited(value: unknown, change: unknown): unknown {
  if (change === null) return undefined;
  if (typeof change !== "object" || Array.isArray(change)) return change;
  const fields = new Map(Object.entries((value ?? {}) as Readonly<Record<string, unknown>>));
  for (const [name, inner] of Object.entries(change)) {
    const next = edited(fields.get(name), inner);
    if (next === undefined) fields.delete(name);
    else fields.set(name, next);
  }
  return Object.fromEntries(fields);
}

function happen(on: Stage, event: Event): void {
  const { cluster } = on;
  for (const short of event.remove ?? []) cluster.remove(keyOf(short));
  for (const object of event.put ?? []) cluster.put({ ...cluster.objects.get(identityKey(refOf(object))), ...object });
  for (const [short, change] of Object.entries(event.edit ?? {})) {
    const object = cluster.objects.get(keyOf(short));
    if (object === undefined) throw new Error(`there is no ${short} to edit`);
    cluster.put(edited(object, change) as KubeObject);
  }
  for (const [name, replicas] of Object.entries(event.available ?? {})) setAvailable(on, name, replicas);
  for (const [name, replicas] of Object.entries(event.scale ?? {})) scale(on, name, replicas);
  for (const short of event.accept ?? []) accept(on, short);
  if (event.collect === true) cluster.collectGarbage();
  if (event.restart === true) on.operator = controller();
}

interface Read {
  readonly spec: {
    readonly replicas?: number;
    readonly rules?: readonly { readonly backendRefs: readonly { name: string; port: number; weight: number }[] }[];
  };
  readonly status?: {
    readonly conditions: readonly { readonly status: string; readonly reason: string; readonly message: string }[];
    readonly endpointStatuses: readonly { readonly id: string; readonly ready: boolean; readonly message?: string }[];
  };
}

function childLine(object: KubeObject): string {
  const { kind, metadata } = object;
  const { spec } = object as unknown as Read;
  const name = `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
  if (kind === "Deployment") return `${name} replicas ${String(spec.replicas)}`;
  const [rule] = spec.rules ?? [];
  if (rule === undefined) return name;
  const parked = JSON.stringify(rule).includes("x-headgate-parked") ? " (takes no requests)" : "";
  return `${name} to ${rule.backendRefs.map((to) => `${to.name}:${String(to.port)} ${String(to.weight)}`).join(", ")}${parked}`;
}

function statusLines(object: KubeObject): readonly string[] {
  const { status } = object as unknown as Read;
  if (status === undefined) return [`${nameKey(object.metadata)}: nothing yet`];
  const [ready] = status.conditions;
  return [
    `${nameKey(object.metadata)}: Ready=${ready?.status ?? ""} ${ready?.reason ?? ""}: ${ready?.message ?? ""}`,
    ...status.endpointStatuses.map(
      ({ id, ready: is, message }) =>
        `${id}: ${is ? "ready" : "not ready"}${message === undefined ? "" : `: ${message}`}`,
    ),
  ];
}

scenarioSuite<Stage>({
  dir: new URL("../../testdata/endpoint-policy/", import.meta.url),
  open: stage,
  step: (on, event) => {
    happen(on, event as Event);
    const writes = settle(on);
    const objects = [...on.cluster.objects.values()];
    return {
      writes,
      children: objects
        .filter(({ kind }) => kind !== "EndpointPolicy" && kind !== "Gateway")
        .map(childLine)
        .sort(),
      status: objects.filter(({ kind }) => kind === "EndpointPolicy").flatMap(statusLines),
      notices: rowsOf(on.operator.notices).map(({ about, reason, message }) => `${about.name}: ${reason}: ${message}`),
    };
  },
});
