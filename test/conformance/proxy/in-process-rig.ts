import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import type { Input } from "@headgate/delta";
import { startProxy } from "@headgate/proxy";
import type { Proxy, ProxyOptions } from "@headgate/proxy";
import { defaultControllerName, routeTable, socketKey } from "@headgate/views/route-table";
import type { OpenRig, Rig } from "./rig.ts";

export interface InProcessRig extends OpenRig {
  readonly proxy: Proxy;
}

/** The TypeScript proxy, fed by the view, without any API server. */
export async function openInProcess(options: ProxyOptions = {}): Promise<InProcessRig> {
  const engine = graph();
  const table = mount(engine, routeTable({ controllerName: defaultControllerName, addresses: ["127.0.0.1"] }));
  const { inputs } = table;
  const inputOf: Readonly<Record<string, Input<KubeObject>>> = {
    GatewayClass: inputs.gatewayClasses,
    Gateway: inputs.gateways,
    HTTPRoute: inputs.httpRoutes,
    GRPCRoute: inputs.grpcRoutes,
    Service: inputs.services,
    EndpointSlice: inputs.endpointSlices,
    ReferenceGrant: inputs.referenceGrants,
    Namespace: inputs.namespaces,
  };
  const proxy = startProxy(table.outputs, {
    bindAddress: "127.0.0.1",
    portOf: () => 0,
    drainTimeoutMs: 2_000,
    ...options,
  });
  const change = async (objects: readonly KubeObject[], present: boolean): Promise<void> => {
    engine.turn((turn) => {
      for (const object of objects) {
        const input = inputOf[object.kind];
        if (input === undefined) throw new Error(`no input for ${object.kind}`);
        if (present) turn.set(input, nameKey(object.metadata), object);
        else turn.delete(input, nameKey(object.metadata));
      }
    });
    await proxy.settled();
  };
  return await Promise.resolve({
    proxy,
    ownHost: "127.0.0.1",
    apply: (objects) => change(objects, true),
    remove: (objects) => change(objects, false),
    where: (port) => {
      const found = proxy.where(socketKey(undefined, port));
      if (found === undefined) throw new Error(`nothing listens for port ${port}`);
      return { host: found.address, port: found.port };
    },
    close: () => proxy.close(),
  });
}

export const inProcess: Rig = {
  name: "in process",
  open: openInProcess,
};
