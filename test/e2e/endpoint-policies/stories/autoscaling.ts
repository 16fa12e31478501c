import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { reflect, supervise } from "@headgate/kube";
import { openApp } from "../app.ts";
import { patience } from "../rig.ts";
import type { PolicyRig } from "../rig.ts";

/** Each request costs 20 ms of a core. */
const burner = `
  require("http").createServer((request, response) => {
    const from = process.cpuUsage();
    while (process.cpuUsage(from).user + process.cpuUsage(from).system < 20_000);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ pod: process.env.POD_NAME, env: process.env }));
  }).listen(8080, process.env.HOST);
  process.on("SIGTERM", () => process.exit(0));`;

/** Once up, only the load of this test can be the autoscaler's reason, so any pod fewer is somebody else's doing. */
const hpa = { min: 1, max: 3, cpuTarget: 40, behavior: { scaleDown: { selectPolicy: "Disabled" } } };

/** `request`: of CPU, which the autoscaler's target is a share of. */
const endpoint = (id: string, request: string, version: string): object => ({
  id,
  match: { path: `/${id}` },
  image: "test/script",
  hpa,
  resources: { cpuRequest: request },
  podTemplate: {
    metadata: { annotations: { version } },
    spec: {
      containers: [
        {
          name: id,
          args: [burner],
          readinessProbe: { httpGet: null, tcpSocket: { port: 8080 }, timeoutSeconds: 5 },
        },
      ],
    },
  },
});

/** The quiet one would scale by this load as well, were it given it; what a process costs to start and to be probed is far less. */
const endpoints = (version: string): readonly object[] => [
  endpoint("busy", "100m", version),
  endpoint("quiet", "300m", version),
];

/** For a cluster that has a metrics API and the controller of HorizontalPodAutoscalers. */
export function autoscalingStory(rig: () => PolicyRig): void {
  test("load on one endpoint scales that one up and no other, and the operator lets the replicas be", async () => {
    const app = await openApp(rig(), "load");
    await app.setEndpoints(endpoints("1"));
    await app.ready();
    const replicas = await replicasOverTime(rig());
    const asking = load(() => app.ask("/busy/x"));
    await vi.waitFor(() => {
      expect(replicas("load-busy").at(-1)).toBe(3);
    }, patience);
    await app.ready();
    // Something to write on the Deployment that is not about replicas.
    await app.setEndpoints(endpoints("2"));
    await app.ready();
    await asking.stop();
    const seen = replicas("load-busy");
    expect(seen).toEqual(seen.toSorted());
    expect(replicas("load-quiet")).toEqual([1]);
  });
}

/** Asks until told to stop; gentle enough for a machine that has other things to do. */
function load(ask: () => Promise<unknown>): { stop: () => Promise<void> } {
  let on = true;
  const run = async (): Promise<void> => {
    while (on) {
      await ask().catch(() => undefined);
      await pause(20);
    }
  };
  const running = run();
  onTestFinished(() => {
    on = false;
  });
  return {
    stop: async () => {
      on = false;
      await running;
    },
  };
}

/** The counts that each Deployment's spec has said since now, without repetitions. */
async function replicasOverTime({ client, namespace }: PolicyRig): Promise<(name: string) => readonly number[]> {
  const seen = new Map<string, number[]>();
  const upsert = ({ metadata: { name }, spec }: KubeObject): void => {
    const { replicas } = spec as { replicas: number };
    const counts = seen.get(name) ?? [];
    if (counts.at(-1) !== replicas) counts.push(replicas);
    seen.set(name, counts);
  };
  const sink = {
    replace: (objects: Iterable<KubeObject>) => {
      for (const object of objects) upsert(object);
    },
    upsert,
    remove: () => undefined,
  };
  const watch = reflect(client, { type: resourceTypes.Deployment, namespace }, sink);
  const stopping = new AbortController();
  const running = supervise([watch], stopping.signal);
  onTestFinished(async () => {
    stopping.abort();
    await running;
  });
  await watch.synced;
  return (name) => seen.get(name) ?? [];
}
