import { groupOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";

import { feed } from "./feed.ts";
import type { Pipeline } from "./pipeline.ts";

/** Brings a finished set of objects into a pipeline, as its watches would; kinds that it does not read are passed over. */
export function load({ graph, sources }: Pipeline, objects: readonly KubeObject[]): void {
  for (const { selection, targets } of sources) {
    const { kind, apiVersion } = selection.type;
    const mine = objects.filter((object) => object.kind === kind && groupOf(object.apiVersion) === groupOf(apiVersion));
    feed(graph, targets).replace(mine);
  }
}
