/** Runs in a network namespace of its own: a Kubernetes cluster, its gateway, and a way in, until its standard input ends. */
import { rm } from "node:fs/promises";
import { join } from "node:path";

import type { KubeObject } from "@headgate/api";
import { connect, pause, supervise, systemClock } from "@headgate/kube";
import type { Client, Runner } from "@headgate/kube";
import { installContour, installGatewayApi, serveDialer, startContour, startKubernetes } from "@headgate/local";
import type { Kubernetes } from "@headgate/local";
import { proxy } from "@headgate/proxy";

import type { Message, Order } from "./messages.ts";

/** Of the cluster's range, and never a pod's. */
const gatewayAddress = "10.244.0.2";
const checkEveryMs = 1_000;

interface Gateway {
  readonly portOffset: number;
  readonly runner: Runner;
  close(): Promise<void>;
}

const order = JSON.parse(process.argv[2] ?? "") as Order;
const stop = new AbortController();
// Whoever started us has gone, or wants an end.
process.stdin.on("end", () => {
  stop.abort();
});
process.stdin.resume();
process.stdout.on("error", () => undefined);

try {
  await run(stop.signal);
} catch (error) {
  tell({ kind: "failed", error: messages(error).join("\n") });
  process.exitCode = 1;
}
// Whoever made it may have gone.
await rm(order.folder, { recursive: true, force: true, maxRetries: 5 });
process.stdin.destroy();

function tell(message: Message): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function warn(error: unknown, about: string): void {
  tell({ kind: "warning", about, error: String(error) });
}

async function run(signal: AbortSignal): Promise<void> {
  const { folder, programs, images, processes } = order;
  const cluster = await startKubernetes({
    programs,
    folder,
    runner: { processes, ...(images !== undefined && { images }) },
    onError: warn,
  });
  const parts: { close(): Promise<void> }[] = [cluster];
  try {
    if (signal.aborted) return;
    const gateway = await (order.contour === undefined ? headgateProxy(cluster) : contour(cluster, order.contour));
    parts.push(gateway);
    parts.push(await serveDialer(order.socket));
    const listeners = { host: gatewayAddress, portOffset: gateway.portOffset };
    tell({ kind: "ready", access: cluster.access, listeners });
    await supervise([gateway.runner, watched("control plane", () => checkControlPlane(cluster))], signal);
  } finally {
    for (const part of parts.reverse()) await part.close();
  }
}

async function contour(cluster: Kubernetes, { programs, gateway }: NonNullable<Order["contour"]>): Promise<Gateway> {
  await installContour(cluster.access, programs);
  await createGateway(cluster, gateway);
  const running = await startContour({
    access: cluster.access,
    programs,
    gateway,
    folder: join(order.folder, "contour"),
    address: gatewayAddress,
  });
  return {
    portOffset: running.listener(80).port - 80,
    runner: watched("contour", () => running.check()),
    close: () => running.close(),
  };
}

/** As the examples have it, so that they can be applied on top of it. */
async function createGateway(
  { access }: Kubernetes,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const apiVersion = "gateway.networking.k8s.io/v1";
  const listener = { name: "http", protocol: "HTTP", port: 80, allowedRoutes: { namespaces: { from: "Same" } } };
  const objects: readonly KubeObject[] = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion,
      kind: "GatewayClass",
      metadata: { name: "headgate" },
      spec: { controllerName: "headgate.io/gateway-controller" },
    },
    {
      apiVersion,
      kind: "Gateway",
      metadata: { namespace, name },
      spec: { gatewayClassName: "headgate", listeners: [listener] },
    },
  ];
  const client = clientOf(access);
  try {
    for (const object of objects) await client.apply(object, { manager: "headgate-local", force: true });
  } finally {
    await client.close();
  }
}

function clientOf({ server, ca, token }: Kubernetes["access"]): Client {
  return connect({ server, ca, headers: () => Promise.resolve({ authorization: `Bearer ${token}` }) });
}

async function headgateProxy({ access }: Kubernetes): Promise<Gateway> {
  await installGatewayApi(access);
  const client = clientOf(access);
  const runner = proxy(client, {
    bindAddress: gatewayAddress,
    onError: (error) => {
      warn(error, "proxy's watch");
    },
  });
  return { portOffset: 0, runner, close: () => client.close() };
}

async function checkControlPlane({ controlPlane }: Kubernetes): Promise<void> {
  const { etcd, apiServer, controllerManager, scheduler } = controlPlane;
  for (const part of [etcd, apiServer, controllerManager, scheduler]) await part.check();
}

/** Ends when the check throws, and with its failure. */
function watched(name: string, check: () => Promise<void>): Runner {
  return {
    name,
    run: async (signal) => {
      while (!signal.aborted) {
        await check();
        await pause(systemClock, checkEveryMs, signal);
      }
    },
  };
}

function messages(error: unknown): readonly string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(messages);
  return [error instanceof Error ? error.message : String(error)];
}
