import { refOf } from "../object.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import type { Parsed, Refusal } from "../refusal.ts";
import { quote } from "../syntax.ts";
import { readAnnotations } from "./annotations.ts";
import { childName } from "./child-name.ts";
import { enabledLabel } from "./names.ts";
import { readPod } from "./pod-shape.ts";
import type { PodAddress } from "./pod-shape.ts";

/** A pod that asked for a route, as far as its route depends on it. */
export interface RoutedPod {
  /** With the uid: children belong to this very pod, not to a later one of the same name. */
  readonly pod: ObjectRef & { readonly namespace: string; readonly uid: string };
  /** The name of its Service, its EndpointSlice and its HTTPRoute. */
  readonly childName: string;
  /** The port that its annotation asks for; undefined: the operator's default. */
  readonly port: number | undefined;
  readonly path: string;
  readonly stripPrefix: boolean;
  readonly hostname: string | undefined;
  /** One for each family, the primary one first; none before the pod has an address. */
  readonly addresses: readonly PodAddress[];
  readonly nodeName: string | undefined;
  readonly ready: boolean;
  /** Deletion has begun; the pod may still serve. */
  readonly terminating: boolean;
  /** All its containers have ended for good, or its dependents are being deleted before it: nothing will serve here again. */
  readonly finished: boolean;
}

/** Whether a pod asks for a route: only the label value `true` does; any other but `false` is probably meant to and does not. */
export function routeWanted(pod: KubeObject): "yes" | "no" | "unclear" {
  const value = pod.metadata.labels?.[enabledLabel];
  if (value === "true") return "yes";
  return value === undefined || value === "false" ? "no" : "unclear";
}

/** Parses a pod that asks for a route, reporting every fault at once. */
export function parseRoutedPod(pod: KubeObject): Parsed<RoutedPod> {
  const faults: Refusal[] = [];
  const ref = refOf(pod);
  const missing = (field: string): string => {
    faults.push({ reason: "InvalidPod", field, message: `${field} is ${quote(undefined)}; a pod must have one` });
    return "";
  };
  const namespace = ref.namespace ?? missing("metadata.namespace");
  const uid = ref.uid ?? missing("metadata.uid");
  const shape = readPod(pod, faults);
  const { options, faults: wrong } = readAnnotations(pod.metadata.annotations ?? {}, shape.ports);
  const [first, ...rest] = [...faults, ...wrong];
  if (first !== undefined) return { ok: false, refusals: [first, ...rest] };
  const { addresses, nodeName, ready, phase } = shape;
  const { port, stripPrefix, hostname } = options;
  const value: RoutedPod = {
    pod: { ...ref, namespace, uid },
    childName: childName(ref.name),
    port,
    path: options.path ?? `/${ref.name}`,
    stripPrefix,
    hostname,
    addresses,
    nodeName,
    ready,
    terminating: pod.metadata.deletionTimestamp !== undefined,
    finished:
      phase === "Succeeded" || phase === "Failed" || pod.metadata.finalizers?.includes("foregroundDeletion") === true,
  };
  return { ok: true, value };
}
