/** Many labelled pods, as objects only: how long until all routes exist, how many writes that takes, and how many a relist takes. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { connect, listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { createStorage, startApiServer } from "@headgate/local";
import type { ApiServer } from "@headgate/local";

import { startHeadgate } from "../e2e/headgate-process.ts";
import type { HeadgateProcess } from "../e2e/headgate-process.ts";
import type { Bar } from "./bar.ts";

const pods = Number(process.env["BENCH_PODS"] ?? 2_000);
const connections = 8;
const childTypes = [resourceTypes.Service, resourceTypes.EndpointSlice, resourceTypes.HTTPRoute];

export async function bench(): Promise<readonly Bar[]> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-bench-"));
  const kubeconfig = join(folder, "kubeconfig");
  const storage = createStorage();
  let server = await startApiServer({ storage });
  const client = connect({ server: server.url }, { connections });
  await writeFile(kubeconfig, server.kubeconfig());
  try {
    await client.create({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "envoy-router", namespace: "default" },
      spec: { gatewayClassName: "any", listeners: [{ name: "http", protocol: "HTTP", port: 80 }] },
    });
    await inParallel(pods, (i) => createReadyPod(client, i));
    print(`${pods} labelled pods are there`);

    const bareMs = await bareClient();

    const before = await version(client);
    const startedAt = performance.now();
    let operator = await startOperator(kubeconfig);
    const leadingAt = performance.now();
    await converged(operator);
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
    await converged(operator);
    const relistWrites = (await version(client)) - atRest;

    await operator.stop("SIGKILL");
    operator = await startOperator(kubeconfig);
    await converged(operator);
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
  const startedAt = performance.now();
  for (const make of [service, slice, route]) await inParallel(pods, (i) => client.create(make(`pod-${i}`)));
  const elapsed = performance.now() - startedAt;
  await client.close();
  await server.close();
  return elapsed;
}

const meta = (name: string): KubeObject["metadata"] => ({
  name,
  namespace: "default",
  labels: { "app.kubernetes.io/managed-by": "bare" },
});
const service = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: meta(name),
  spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 8080 }] },
});
const slice = (name: string): KubeObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { ...meta(name), labels: { "kubernetes.io/service-name": name } },
  addressType: "IPv4",
  endpoints: [{ addresses: ["10.1.2.3"], conditions: { ready: true, serving: true, terminating: false } }],
  ports: [{ port: 8080, protocol: "TCP" }],
});
const route = (name: string): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: meta(name),
  spec: {
    parentRefs: [{ name: "envoy-router", namespace: "default" }],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: `/${name}` } }],
        backendRefs: [{ name, port: 80, weight: 1 }],
      },
    ],
  },
});

async function createReadyPod(client: Client, i: number): Promise<void> {
  const name = `pod-${i}`;
  const labels = { "envoy-router/enabled": "true" };
  const spec = { nodeName: "none", containers: [{ name: "c", image: "x" }] };
  await client.create({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", labels }, spec });
  const ip = `10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  const status = { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions: [{ type: "Ready", status: "True" }] };
  await client.patch(
    { apiVersion: "v1", kind: "Pod", namespace: "default", name },
    { status },
    { type: "merge", subresource: "status" },
  );
}

async function startOperator(kubeconfig: string): Promise<HeadgateProcess> {
  const operator = startHeadgate([
    "operator",
    `--kubeconfig=${kubeconfig}`,
    "--metrics-bind-address=127.0.0.1:0",
    "--health-probe-bind-address=0",
    "--no-leader-elect",
  ]);
  await until(() => Promise.resolve(operator.errors().includes('"msg":"leading"')));
  return operator;
}

/** Every pod is managed and no write is pending. */
async function converged(operator: HeadgateProcess): Promise<void> {
  await until(
    async () =>
      (await metric(operator, "envoy_router_managed_pods")) === pods &&
      (await metric(operator, "headgate_pending_writes")) === 0,
  );
}

async function metric(operator: HeadgateProcess, name: string): Promise<number> {
  const port = /"metricsPort":(\d+)/.exec(operator.errors())?.[1];
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

/** The cluster's write counter: each write to any object moves it by one. */
async function version(client: Client): Promise<number> {
  const lists = await Promise.all([resourceTypes.Pod, ...childTypes].map((type) => client.list(type, { limit: 1 })));
  return Math.max(...lists.map(({ resourceVersion }) => Number(resourceVersion)));
}

async function inParallel(count: number, run: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 300_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error("waited five minutes in vain");
    await delay(50);
  }
}

const ms = (value: number): string => `${(value / 1000).toFixed(2)} s`;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
