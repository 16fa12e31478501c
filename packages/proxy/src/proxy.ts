import { resourceTypes } from "@headgate/api";
import type { KubeObject, OpError } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import { actuator, graphFeed, reflect, supervise, systemClock, untilAborted } from "@headgate/kube";
import type { Client, Clock, Result, Runner } from "@headgate/kube";
import { defaultControllerName, routeTable, stamp } from "@headgate/views/route-table";
import type { RouteTableInputs } from "@headgate/views/route-table";
import { startProxy } from "./start-proxy.ts";
import type { Proxy, ProxyOptions, ProxyStats } from "./start-proxy.ts";

export interface ProxyRunnerOptions extends Omit<ProxyOptions, "onBinding" | "onBug"> {
  /** GatewayClasses that name it are ours; default `headgate.io/gateway-controller`. */
  readonly controllerName?: string;
  /** What Gateways that ask for no address publish; default the bind address, or nothing for 0.0.0.0. */
  readonly addresses?: readonly string[];
  readonly clock?: Clock;
  /** Told of each failure to read from the API server; the proxy goes on with what it knows. */
  readonly onError?: (error: OpError) => void;
  /** Told of each status that was written, or could not be. */
  readonly onResult?: (result: Result) => void;
}

export interface ProxyRunner extends Runner {
  /** Resolves when all caches are synced and every listener is bound, or could not be. Never rejects. */
  readonly ready: Promise<void>;
  /** Undefined before it serves. */
  stats(): ProxyStats | undefined;
  /** Where a socket is bound, by its `socketKey`. */
  where(socket: string): { readonly address: string; readonly port: number } | undefined;
}

const kinds = {
  gatewayClasses: resourceTypes.GatewayClass,
  gateways: resourceTypes.Gateway,
  httpRoutes: resourceTypes.HTTPRoute,
  grpcRoutes: resourceTypes.GRPCRoute,
  services: resourceTypes.Service,
  endpointSlices: resourceTypes.EndpointSlice,
  referenceGrants: resourceTypes.ReferenceGrant,
  namespaces: resourceTypes.Namespace,
} as const satisfies Record<Exclude<keyof RouteTableInputs, "bindings">, unknown>;

/**
 * A data plane for the Gateways of a cluster: follows the objects, serves what they say, writes their status.
 *
 * Once it serves it goes on without the API server. On abort it stops listening and lets requests in progress end.
 */
export function proxy(client: Client, options: ProxyRunnerOptions = {}): ProxyRunner {
  const { clock = systemClock, bindAddress = "0.0.0.0", controllerName = defaultControllerName } = options;
  const addresses = options.addresses ?? (bindAddress === "0.0.0.0" ? [] : [bindAddress]);
  const engine = graph();
  const { inputs, outputs } = mount(engine, routeTable({ controllerName, addresses }));
  let serving: Proxy | undefined;
  const ready = Promise.withResolvers<undefined>();

  const run = async (signal: AbortSignal): Promise<void> => {
    const changes = graphFeed(engine);
    const noGrpc = Promise.withResolvers<undefined>();
    const onError = (name: keyof typeof kinds, error: OpError): void => {
      // A cluster may have no GRPCRoutes, or not let us see them. They are served should that change.
      const absent = name === "grpcRoutes" && (error.code === "NOT_FOUND" || error.code === "FORBIDDEN");
      if (absent) noGrpc.resolve(undefined);
      if (!absent || error.code === "FORBIDDEN") options.onError?.(error);
    };
    const reflectors = (Object.keys(kinds) as (keyof typeof kinds)[]).map((name) => {
      const followed = reflect(client, { type: kinds[name] }, changes.sink(inputs[name]), {
        clock,
        transform: withoutManagedFields,
        onError: (error) => {
          onError(name, error);
        },
      });
      const known = name === "grpcRoutes" ? Promise.race([followed.synced, noGrpc.promise]) : followed.synced;
      return { followed, known };
    });
    const writer = actuator(client, {
      clock,
      ...(options.onResult === undefined ? {} : { onResult: options.onResult }),
    });

    const serve = async (stopped: AbortSignal): Promise<void> => {
      const aborted = untilAborted(stopped);
      await Promise.race([Promise.all(reflectors.map(({ known }) => known)), aborted]);
      if (stopped.aborted) return;
      changes.flush();
      const bug = Promise.withResolvers<never>();
      // Only from here on: what is said while half of the objects are known would be wrong.
      const unsubscribe = followStatuses();
      serving = startProxy(outputs, {
        ...options,
        bindAddress,
        onBug: bug.reject,
        onBinding: (socket, binding) => {
          changes.change((turn) => {
            if (binding === undefined) turn.delete(inputs.bindings, socket);
            else turn.set(inputs.bindings, socket, binding);
          });
        },
      });
      try {
        await Promise.race([serving.settled(), aborted]);
        ready.resolve(undefined);
        await Promise.race([aborted, bug.promise]);
      } finally {
        unsubscribe();
        await serving.close();
      }
    };
    const followStatuses = (): (() => void) => {
      const set = (key: string, row: Parameters<typeof stamp>[0] | undefined): void => {
        if (row === undefined) writer.delete(key);
        else
          writer.set(key, {
            do: "status",
            desired: stamp(row, new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z")),
          });
      };
      for (const [key, row] of outputs.statuses.entries()) set(key, row);
      return outputs.statuses.subscribe((rows) => {
        for (const { key, after } of rows) set(key, after);
      });
    };
    await supervise(
      [changes, ...reflectors.map(({ followed }) => followed), writer, { name: "proxy listeners", run: serve }],
      signal,
    );
  };

  return {
    name: "proxy",
    ready: ready.promise,
    run,
    stats: () => serving?.stats(),
    where: (socket) => serving?.where(socket),
  };
}

/** Nobody here reads them, and they are most of an object's size. */
function withoutManagedFields(object: KubeObject): KubeObject {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([field]) => field !== "managedFields"));
  return { ...object, metadata: metadata as unknown as KubeObject["metadata"] };
}
