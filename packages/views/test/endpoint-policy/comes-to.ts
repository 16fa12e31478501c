import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { accept, rowsOf, setAvailable, settle, stage } from "./rig.ts";

/** What objects come to, once all of them are there, every Deployment has a replica, and every route is taken. */
export interface Outcome {
  readonly desired: readonly KubeObject[];
  readonly notices: readonly string[];
  readonly statuses: readonly { readonly policy: string; readonly status: unknown }[];
}

export function comesTo(objects: readonly KubeObject[]): Outcome {
  const on = stage();
  for (const object of objects) on.cluster.put(object);
  settle(on);
  for (const { kind, metadata } of [...on.cluster.objects.values()]) {
    if (kind === "Deployment") setAvailable(on, nameKey(metadata), 1);
  }
  settle(on);
  for (const { kind, metadata, spec } of [...on.cluster.objects.values()]) {
    if (kind !== "HTTPRoute" && kind !== "GRPCRoute") continue;
    const { parentRefs } = spec as { readonly parentRefs: readonly [{ readonly name: string }] };
    accept(on, `${kind}/${nameKey(metadata)}`, parentRefs[0].name);
  }
  settle(on);
  return {
    desired: rowsOf(on.operator.desired).map(({ object }) => object),
    notices: rowsOf(on.operator.notices).map(({ about, reason, message }) => `${about.name}: ${reason}: ${message}`),
    statuses: [...on.cluster.objects.values()]
      .filter(({ kind }) => kind === "EndpointPolicy")
      .map(({ metadata, status }) => ({ policy: nameKey(metadata), status })),
  };
}
