/** The bench on the stand-in API server, whose version tells how many writes there were. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { resourceTypes } from "@headgate/api";
import { connect, listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { createStorage, startApiServer } from "@headgate/local";
import type { ApiServer } from "@headgate/local";

import type { Bar } from "../bar.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { children, createReadyPod, gateway } from "./objects.ts";
import { converged, metric, startOperator, until } from "../cluster/operator-process.ts";
import { print } from "../cluster/printed.ts";

const pods = Number(process.env["BENCH_PODS"] ?? 2_000);
const connections = 8;
const childTypes = [resourceTypes.Service, resourceTypes.EndpointSlice, resourceTypes.HTTPRoute];

export async function onLocal(): Promise<readonly Bar[]> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-bench-"));
  const kubeconfig = join(folder, "kubeconfig");
  const storage = createStorage();
  let server = await startApiServer({ storage });
  const client = connect({ server: server.url }, { connections });
  await writeFile(kubeconfig, server.kubeconfig());
  try {
    await client.create(gateway);
    await inParallel(pods, connections, (i) => createReadyPod(client, i));
    print(`${pods} labelled pods are there`);

    const bareMs = await bareClient();

    const before = await version(client);
    const startedAt = performance.now();
    let operator = await startOperator(kubeconfig);
    const leadingAt = performance.now();
    await converged(operator, "envoy_router_managed_pods", pods);
    const endedAt = performance.now();
    const writes = (await version(client)) - before;
    const routes = (await listAll(client, resourceTypes.HTTPRoute, {})).items.length;
    if (routes !== pods) throw new Error(`${routes} routes for ${pods} pods`);
    const rss = (await metric(operator, "process_resident_memory_bytes")) / 2 ** 20;
    const cpu = await metric(operator, "process_cpu_seconds_total");
    print(
      `operator: start to first decision ${ms(leadingAt - startedAt)}, all ${routes} routes ${ms(endedAt - leadingAt)} later`,
    );
    print(`bare client, the same ${pods * 3} creates over ${connections} connections: ${ms(bareMs)}`);
    print(`operator: ${cpu.toFixed(1)} CPU seconds, RSS ${rss.toFixed(0)} MiB`);

    // A server that forgot its history makes every watch list anew.
    const atRest = await version(client);
    const relists = await metric(operator, 'headgate_watch_relists{kind="Service"}');
    const { port } = server;
    await server.close();
    storage.compact();
    server = await startApiServer({ storage, port });
    await until(async () => (await metric(operator, 'headgate_watch_relists{kind="Service"}')) > relists);
    await converged(operator, "envoy_router_managed_pods", pods);
    const relistWrites = (await version(client)) - atRest;

    await operator.stop("SIGKILL");
    operator = await startOperator(kubeconfig);
    await converged(operator, "envoy_router_managed_pods", pods);
    const restartWrites = (await version(client)) - atRest - relistWrites;
    await operator.stop("SIGKILL");
    return [
      { name: "pod-routes-writes-per-pod", value: writes / pods, unit: "writes", limit: { below: 3.001 } },
      { name: "pod-routes-writes-at-relist", value: relistWrites, unit: "writes", limit: { below: 1 } },
      { name: "pod-routes-writes-at-restart", value: restartWrites, unit: "writes", limit: { below: 1 } },
      {
        name: "pod-routes-time-to-bare-client",
        value: (endedAt - leadingAt) / bareMs,
        unit: "ratio",
        limit: { below: 3 },
      },
      { name: "pod-routes-operator-rss", value: rss, unit: "MiB", limit: { below: 512 } },
    ];
  } finally {
    await client.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
}

/** The same objects made by a loop that decides nothing, on an API server of its own. */
async function bareClient(): Promise<number> {
  const server: ApiServer = await startApiServer({});
  const client = connect({ server: server.url }, { connections });
  const { Service = [], EndpointSlice = [], HTTPRoute = [] } = children(pods);
  const startedAt = performance.now();
  for (const kind of [Service, EndpointSlice, HTTPRoute]) {
    await inParallel(pods, connections, (i) => client.create(kind[i] ?? gateway));
  }
  const elapsed = performance.now() - startedAt;
  await client.close();
  await server.close();
  return elapsed;
}

/** The cluster's write counter: each write to any object moves it by one. */
async function version(client: Client): Promise<number> {
  const lists = await Promise.all([resourceTypes.Pod, ...childTypes].map((type) => client.list(type, { limit: 1 })));
  return Math.max(...lists.map(({ resourceVersion }) => Number(resourceVersion)));
}

const ms = (value: number): string => `${(value / 1000).toFixed(2)} s`;
