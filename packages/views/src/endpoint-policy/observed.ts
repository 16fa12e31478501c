import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { filter, groupBy, map } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { fields, integer, list, text, texts } from "../read/index.ts";
import type { PodTemplate, WorkloadState } from "./case.ts";
import { isParked } from "./parking.ts";
import { replicasAnnotation } from "./workload.ts";

/** What the objects that exist say, as far as policies depend on it: a change of anything else goes no further. */
export interface Observed {
  /** Pod templates of all Deployments, keyed `nameKey`. */
  readonly templates: Collection<PodTemplate>;
  /** States of all Deployments, keyed `nameKey`. */
  readonly workloads: Collection<WorkloadState>;
  /** Ports of all Services, keyed `nameKey`. */
  readonly services: Collection<readonly number[]>;
  /** The HorizontalPodAutoscalers that there are, keyed `nameKey`. */
  readonly autoscalers: Collection<true>;
  /** All HTTPRoutes and GRPCRoutes, keyed by kind and `nameKey`. */
  readonly routes: Collection<RouteState>;
}

export interface RouteState {
  /** Uids of its owners. */
  readonly owners: readonly string[];
  /** It takes no requests yet. */
  readonly parked: boolean;
  /** What each parent says about the present generation, by the parent's name. */
  readonly verdicts: readonly {
    readonly parent: string;
    readonly accepted: boolean;
    readonly complaint: string | undefined;
  }[];
}

export function routeKey(kind: string, meta: { readonly namespace?: string; readonly name: string }): string {
  return `${kind} ${nameKey(meta)}`;
}

export function observe(children: Collection<KubeObject>): Observed {
  const ofKind = (...kinds: readonly string[]): Collection<KubeObject> => {
    const name = `endpoint-policy/${kinds.join("-and-")}`;
    const found = filter(children, { name: `${name}-only`, where: ({ kind }) => kinds.includes(kind) });
    return groupBy(found, {
      name,
      by: ({ kind, metadata }) => (kinds.length > 1 ? routeKey(kind, metadata) : nameKey(metadata)),
      reduce: (rows) => rows[0]?.[1],
    });
  };
  const deployments = ofKind("Deployment");
  return {
    templates: map(deployments, { name: "endpoint-policy/templates", row: templateOf }),
    workloads: map(deployments, { name: "endpoint-policy/workloads", row: workloadOf }),
    services: map(ofKind("Service"), { name: "endpoint-policy/services", row: portsOf }),
    autoscalers: map(ofKind("HorizontalPodAutoscaler"), { name: "endpoint-policy/autoscalers", row: (): true => true }),
    routes: map(ofKind("HTTPRoute", "GRPCRoute"), { name: "endpoint-policy/routes", row: routeOf }),
  };
}

function templateOf({ spec }: KubeObject): PodTemplate {
  const template = fields(fields(spec)["template"]);
  return { annotations: texts(fields(template["metadata"])["annotations"]), spec: fields(template["spec"]) };
}

function workloadOf({ metadata, spec, status }: KubeObject): WorkloadState {
  const now = fields(status);
  const fresh = (integer(now["observedGeneration"]) ?? 0) >= (metadata.generation ?? 0);
  const [available, wanted] = [integer(now["availableReplicas"]) ?? 0, integer(fields(spec)["replicas"]) ?? 1];
  const conditions = list(now["conditions"]).map(fields);
  const bad = conditions.find(
    ({ type, status: is }) =>
      (type === "ReplicaFailure" && is === "True") || (type === "Progressing" && is === "False"),
  );
  const isAvailable = conditions.some(({ type, status: is }) => type === "Available" && is === "True");
  const count = `${String(available)} of ${String(wanted)} replicas are available`;
  const why = bad === undefined ? count : `${count}: ${text(bad["message"])?.slice(0, 300) ?? ""}`;
  return {
    available: available > 0,
    complaint: isAvailable && fresh && available > 0 ? undefined : why,
    appliedReplicas: metadata.annotations?.[replicasAnnotation],
    scaledByOthers: (metadata.managedFields ?? []).map(fields).some(setsReplicas),
  };
}

/** `kubectl scale` and autoscalers write the scale subresource; `kubectl edit` and others the field itself. */
function setsReplicas(entry: Readonly<Record<string, unknown>>): boolean {
  if (text(entry["manager"])?.startsWith("headgate/") === true) return false;
  return "f:replicas" in fields(fields(entry["fieldsV1"])["f:spec"]);
}

function portsOf({ spec }: KubeObject): readonly number[] {
  return list(fields(spec)["ports"]).flatMap((entry) => integer(fields(entry)["port"]) ?? []);
}

function routeOf({ metadata, spec, status }: KubeObject): RouteState {
  const verdicts = list(fields(status)["parents"]).map((entry) => {
    const parent = text(fields(fields(entry)["parentRef"])["name"]) ?? "";
    const conditions = list(fields(entry)["conditions"])
      .map(fields)
      .filter(({ observedGeneration: seen }) => (integer(seen) ?? metadata.generation) === metadata.generation);
    const is = (type: string, wanted: string): boolean =>
      conditions.some((condition) => condition["type"] === type && condition["status"] === wanted);
    const refused = conditions.find(
      ({ type, status: said }) => (type === "Accepted" || type === "ResolvedRefs") && said === "False",
    );
    const complaint =
      refused === undefined
        ? undefined
        : `${text(refused["type"]) ?? ""}=False, ${text(refused["reason"]) ?? ""}: ${text(refused["message"])?.slice(0, 300) ?? ""}`;
    return { parent, accepted: is("Accepted", "True") && is("ResolvedRefs", "True"), complaint };
  });
  return { owners: (metadata.ownerReferences ?? []).map(({ uid }) => uid), parked: isParked(fields(spec)), verdicts };
}
