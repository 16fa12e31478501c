import { setTimeout as pause } from "node:timers/promises";
import type { KubeObject } from "@headgate/api";
import { refOf } from "@headgate/api";
import { expect, vi } from "vitest";
import { deployment, isLeaving, isReady } from "./objects.ts";
import type { World } from "./world.ts";
import { eventually, patience } from "./world.ts";

/** Each request costs 20 ms of a core. */
const burner = `
  require("http").createServer((request, response) => {
    const from = process.cpuUsage();
    while (process.cpuUsage(from).user + process.cpuUsage(from).system < 20_000);
    response.end("done");
  }).listen(8080, process.env.HOST);
  process.on("SIGTERM", () => process.exit(0));`;

const container = {
  name: "main",
  image: "test/script",
  args: [burner],
  resources: { requests: { cpu: "100m" } },
  readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 },
};

interface PodMetrics extends KubeObject {
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly {
    readonly name: string;
    readonly usage: { readonly cpu: string; readonly memory: string };
  }[];
}

/** The list, or one pod's, of the metrics API. */
async function metrics({ client, namespace }: World, query = {}): Promise<readonly PodMetrics[]> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
  return ((await client.request({ method: "GET", path, query })) as { items: readonly PodMetrics[] }).items;
}

/** Asks all ready pods in turn until told to stop; gentle enough for a machine that has other things to do. */
function load(world: World): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const pod of (await world.pods()).filter((each) => isReady(each) && !isLeaving(each)))
        // A pod may be going at this very moment.
        await world.ask(pod, "/").catch(() => undefined);
      await pause(20);
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** For a cluster that has a metrics API and a HorizontalPodAutoscaler. */
export const autoscalingStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "an HPA scales real pods up while they are busy, and down when they no longer are": async (world) => {
    const web = await world.create(deployment("web", { container }));
    const { apiVersion, kind, metadata } = web;
    const autoscaler = await world.create({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web" },
      spec: {
        scaleTargetRef: { apiVersion, kind, name: metadata.name },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 20 } } },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
      },
    });
    const ready = (wanted: number): Promise<unknown> =>
      eventually(async () => {
        const all = await world.pods();
        return all.length === wanted && all.every(isReady);
      });
    await ready(1);
    const loaded = load(world);
    try {
      await ready(3);
    } finally {
      await loaded.stop();
    }
    await vi.waitFor(async () => {
      const { status } = await world.client.get(refOf(autoscaler));
      expect(status).toMatchObject({
        currentMetrics: [{ type: "Resource", resource: { name: "cpu" } }],
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: "ScalingActive", status: "True" }),
        ]) as unknown,
      });
    }, patience);
    await ready(1);
  },

  "the metrics API has each pod with what it uses, once it is known": async (world) => {
    await world.create(deployment("web", { container }));
    const loaded = load(world);
    try {
      const [busy] = await eventually(async () => {
        const items = await metrics(world, { labelSelector: "app=web" });
        return items.some(({ containers }) => containers[0]?.usage.cpu !== "0n") && items;
      });
      const [pod] = await world.pods();
      expect(busy?.metadata).toMatchObject({ name: pod?.metadata.name, labels: pod?.metadata.labels });
      expect(busy?.window).toMatch(/^\d+(\.\d+)?s$/);
      expect(busy?.containers).toEqual([
        {
          name: "main",
          usage: {
            cpu: expect.stringMatching(/^\d+n$/) as unknown,
            memory: expect.stringMatching(/^\d+Ki$/) as unknown,
          },
        },
      ]);
      expect(await metrics(world, { labelSelector: "app=other" })).toEqual([]);
      expect(await metrics(world, { fieldSelector: "metadata.name=other" })).toEqual([]);
    } finally {
      await loaded.stop();
    }
  },
};
