/** What every leg on a real API server has: the pods, their count, and what a leg costs. */
import { startRealApiServer } from "../cluster/api-server.ts";
import type { RealApiServer } from "../cluster/api-server.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { load, print, seconds } from "../cluster/printed.ts";
import { createReadyPod, gateway } from "./objects.ts";

export const podCount = Number(process.env["BENCH_PODS"] ?? 10_000);

/** In the order in which the operator makes them. */
export const kinds = ["Service", "EndpointSlice", "HTTPRoute"] as const;

export const paths = {
  Service: "/api/v1/namespaces/default/services",
  EndpointSlice: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
  HTTPRoute: "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes",
} as const;

/** What it takes until all objects are there: time, and the CPU seconds of who writes them and of API server and etcd. */
export interface Cost {
  readonly ms: number;
  readonly cpu: number;
  readonly serverCpu: number;
}

export const shownCost = ({ ms, cpu, serverCpu }: Cost): string =>
  `${seconds(ms)}, ${cpu.toFixed(1)} CPU seconds and ${serverCpu.toFixed(1)} of API server and etcd ${load()}`;

/** An API server of its own for one leg. */
export async function onServer<T>(leg: (server: RealApiServer) => Promise<T>): Promise<T> {
  const server = await startRealApiServer();
  try {
    return await leg(server);
  } finally {
    await server.close();
  }
}

export async function createPods({ client }: RealApiServer, count: number): Promise<void> {
  await client.create(gateway);
  await inParallel(count, 16, (i) => createReadyPod(client, i));
  print(`${count} labelled pods are there`);
}

/** Throws unless each of so many pods has its objects. */
export async function allThere(server: RealApiServer, pods: number): Promise<void> {
  for (const kind of kinds) {
    // The API server's own Service and EndpointSlice are called kubernetes.
    const own = kind === "HTTPRoute" ? 0 : 1;
    const count = await server.count(paths[kind]);
    if (count !== pods + own) throw new Error(`${count - own} of kind ${kind} for ${pods} pods`);
  }
}
