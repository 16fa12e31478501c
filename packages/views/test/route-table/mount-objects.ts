import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import type { Graph, Mounted, Turn } from "@headgate/delta";
import { defaultControllerName, routeTable } from "@headgate/views/route-table";
import type { Binding, RouteTableInputs, RouteTableOutputs } from "@headgate/views/route-table";

export type Kind = Exclude<keyof RouteTableInputs, "bindings">;

export const inputOf: Readonly<Record<string, Kind>> = {
  GatewayClass: "gatewayClasses",
  Gateway: "gateways",
  HTTPRoute: "httpRoutes",
  GRPCRoute: "grpcRoutes",
  Service: "services",
  EndpointSlice: "endpointSlices",
  ReferenceGrant: "referenceGrants",
  Namespace: "namespaces",
};

export type Table = Mounted<RouteTableInputs, RouteTableOutputs> & { readonly graph: Graph };

export const settings = { controllerName: defaultControllerName, addresses: ["127.0.0.1"] };

/** A route table on a graph of its own. */
export function newTable(): Table {
  const g = graph();
  return { graph: g, ...mount(g, routeTable(settings)) };
}

/** Sets objects, and `{kind: Binding, socket, bound, message}` documents, within a turn. */
export function setAll(turn: Turn, { inputs }: Table, documents: readonly unknown[]): void {
  for (const document of documents as readonly (KubeObject & Binding & { socket: string })[]) {
    if (document.kind === "Binding") {
      turn.set(inputs.bindings, document.socket, { bound: document.bound, message: document.message });
      continue;
    }
    const input = inputOf[document.kind];
    if (input === undefined) throw new Error(`no input for kind ${document.kind}`);
    turn.set(inputs[input], nameKey(document.metadata), document);
  }
}
