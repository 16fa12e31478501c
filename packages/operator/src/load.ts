import { groupOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";

import type { Pipeline } from "./pipeline.ts";

/** Brings a finished set of objects into a pipeline, as its watches would; kinds that it does not read are passed over. */
export function load({ graph, sources }: Pipeline, objects: readonly KubeObject[]): void {
  graph.turn((turn) => {
    for (const { selection, input, also, key } of sources) {
      const { kind, apiVersion } = selection.type;
      for (const object of objects) {
        if (object.kind !== kind || groupOf(object.apiVersion) !== groupOf(apiVersion)) continue;
        turn.set(input, key(object), object);
        if (also !== undefined) turn.set(also, key(object), object);
      }
    }
  });
}
