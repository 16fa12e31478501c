/** What an installation lives through. */
import type { Client } from "@headgate/kube";
import { expect, vi } from "vitest";
import { eventfulLife } from "../chart/eventful-life.ts";
import { eventfulPipelines } from "../chart/eventful-pipelines.ts";
import { eventfulPolicy } from "../chart/eventful-policy.ts";
import type { ChartAccounts } from "../rigs/kubernetes/chart-accounts.ts";
import { startInPod } from "./pod-process.ts";
import type { PodProcess } from "./pod-process.ts";

const patience = { timeout: 150_000, interval: 50 };

/** Ports of their own, so that several of them run side by side. */
const operatorPorts = ["--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=127.0.0.1:0"];

export interface Stage {
  readonly client: Client;
  readonly folder: string;
  readonly accounts: ChartAccounts;
}

export function startOperator({ accounts, folder }: Stage): Promise<PodProcess> {
  return startInPod(accounts.operator, { folder, further: operatorPorts });
}

/**
 * Two replicas: one leads through a pod's and a policy's life in each namespace, and through that of a policy whose application lives in the next
 * of them, and where pipelines are served through an Operator's, until a signal ends it; the other takes over.
 */
export async function operatorStory(
  stage: Stage,
  namespaces: readonly string[],
  end: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  const replicas = [await startOperator(stage)];
  try {
    await leads(replicas[0]);
    replicas.push(await startOperator(stage));
    await Promise.all(namespaces.map((namespace) => eventfulLife(stage.client, namespace)));
    await Promise.all(namespaces.map((namespace) => eventfulPolicy(stage.client, namespace)));
    if (!stage.accounts.operator.args.includes("--no-pipelines")) await eventfulPipelines(stage.client, namespaces);
    if (namespaces.length > 1)
      await Promise.all(
        namespaces.map((namespace, i) =>
          eventfulPolicy(stage.client, namespace, namespaces[(i + 1) % namespaces.length]),
        ),
      );
    await replicas[0]?.stop(end);
    await leads(replicas[1]);
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()));
  }
}

async function leads(replica: PodProcess | undefined): Promise<void> {
  await vi.waitFor(() => {
    expect(replica?.log()).toContain('"msg":"leading"');
  }, patience);
}

const routeKinds = ["HTTPRoute", "GRPCRoute"] as const;

/** A proxy serves the Gateways of these namespaces, with a route of each kind, and writes the status of all that it serves. */
export async function proxyStory({ client, folder, accounts }: Stage, namespaces: readonly string[]): Promise<void> {
  const [apiVersion, port] = ["gateway.networking.k8s.io/v1", 18_080];
  const further = ["--health-probe-bind-address=127.0.0.1:0", "--bind-address=127.0.0.1"];
  const running = await startInPod(accounts.proxy, { folder, further });
  try {
    const spec = { controllerName: "headgate.io/gateway-controller" };
    const className = `of-${accounts.proxy.namespace}`;
    await client.create({ apiVersion, kind: "GatewayClass", metadata: { name: className }, spec });
    for (const namespace of namespaces) {
      await client.create({
        apiVersion,
        kind: "Gateway",
        metadata: { name: className, namespace },
        spec: { gatewayClassName: className, listeners: [{ name: "http", protocol: "HTTP", port }] },
      });
      for (const kind of routeKinds) {
        const spec = { parentRefs: [{ name: className }], rules: [{ backendRefs: [{ name: "a", port: 80 }] }] };
        await client.create({ apiVersion, kind, metadata: { name: className, namespace }, spec });
      }
    }
    await vi.waitFor(async () => {
      for (const [namespace, kind] of namespaces.flatMap((one) => routeKinds.map((kind) => [one, kind] as const))) {
        const { status } = await client.get({ apiVersion, kind, namespace, name: className });
        expect(status).toHaveProperty("parents.0.controllerName", spec.controllerName);
      }
    }, patience);
  } finally {
    await running.stop();
  }
}
