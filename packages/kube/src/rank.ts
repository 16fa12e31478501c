import type { Action, ObjectRef } from "@headgate/api";
import type { Place } from "./work-queue.ts";

/** Kinds that point at others by name, and so come after them and go before them. */
const pointing = new Set(["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute", "HorizontalPodAutoscaler"]);

/**
 * Where an action stands in line: within a namespace, backends are made before the routes that point at them, and routes
 * are taken away before their backends. Applying, deleting and status do not wait for each other; when there is much to do, statuses have
 * few turns, since more of them are then told at once.
 */
export function actionPlace(action: Action): Place {
  switch (action.do) {
    case "apply": {
      const { kind, metadata } = action.desired.object;
      return { group: `apply ${metadata.namespace ?? ""}`, rank: pointing.has(kind) ? 1 : 0 };
    }
    case "delete":
      return { group: group("delete", action.target), rank: pointing.has(action.target.kind) ? 0 : 1 };
    case "release":
      return { group: group("release", action.target), rank: 0 };
    case "status":
      return { group: group("status", action.desired.target), rank: 0, yields: true };
  }
}

function group(verb: string, ref: ObjectRef): string {
  return `${verb} ${ref.namespace ?? ""}`;
}
