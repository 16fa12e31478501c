/** The bench on a real API server: convergence beside a bare client, then rest, churn and change, with every write counted by the server. */
import type { HeadgateProcess } from "../../e2e/headgate-process.ts";
import type { Bar } from "../bar.ts";
import { startRealApiServer, total, writesSince } from "../cluster/api-server.ts";
import type { RealApiServer } from "../cluster/api-server.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { converged, startOperator, usage } from "../cluster/operator-process.ts";
import { load, print, seconds, shown } from "../cluster/printed.ts";
import { rest } from "../cluster/rest.ts";
import { nameOf, send, ways } from "./bare-client.ts";
import type { Way } from "./bare-client.ts";
import { children, createReadyPod, gateway, patchStatus, readyStatus } from "./objects.ts";
import { writePerEvent } from "./write-per-event.ts";

const podCount = Number(process.env["BENCH_PODS"] ?? 10_000);
const restSeconds = Number(process.env["BENCH_REST_SECONDS"] ?? 600);
const churned = Math.min(podCount, 1_000);
const kinds = ["Service", "EndpointSlice", "HTTPRoute"] as const;
const paths = {
  Service: "/api/v1/namespaces/default/services",
  EndpointSlice: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
  HTTPRoute: "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes",
} as const;

export async function onKubernetes(): Promise<readonly Bar[]> {
  const way = await fastestWay();
  const bare = [await bareLeg(way, "kind after kind")];
  const server = await startRealApiServer();
  try {
    const { bars, cost } = await operatorLegs(server);
    await server.close();
    bare.push(await bareLeg(way, "kind after kind"), await bareLeg(way, "pod after pod"));
    const ratio = (of: (cost: Cost) => number): number => of(cost) / Math.min(...bare.map(of));
    return [
      { name: "pod-routes-time-to-bare-client", value: ratio(({ ms }) => ms), unit: "ratio", limit: { below: 1.3 } },
      // The same comparison where time can't be trusted, because others use the machine too.
      {
        name: "pod-routes-cpu-to-bare-client",
        value: ratio(({ cpu, serverCpu }) => cpu + serverCpu),
        unit: "ratio",
        limit: { below: 1.3 },
      },
      ...bars,
    ];
  } finally {
    await server.close();
  }
}

/** By the kinds whose cost does not grow with their number: each Service takes longer than the one before. */
async function fastestWay(): Promise<Way> {
  const server = await startRealApiServer();
  const count = Math.min(podCount, 400);
  const times = new Map<Way, number>();
  let leg = 0;
  try {
    // The first round is the API server's warming up.
    for (let round = 0; round < 2; round++) {
      for (const way of ways) {
        const namespace = `leg-${leg++}`;
        await server.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
        const { EndpointSlice = [], HTTPRoute = [] } = children(count, namespace);
        const ms = await send(server.access, [EndpointSlice, HTTPRoute], way);
        if (round > 0) times.set(way, Math.min(ms, times.get(way) ?? ms));
      }
    }
  } finally {
    await server.close();
  }
  const ranked = [...times].toSorted(([, a], [, b]) => a - b);
  for (const [way, ms] of ranked) print(`bare client, ${nameOf(way)}: ${((count * 2000) / ms).toFixed(0)} writes/s`);
  const fastest = ranked[0]?.[0];
  if (fastest === undefined) throw new Error("no way was measured");
  return fastest;
}

/** What it takes until all objects are there: time, and the CPU seconds of who writes them and of API server and etcd. */
interface Cost {
  readonly ms: number;
  readonly cpu: number;
  readonly serverCpu: number;
}

type Order = "kind after kind" | "pod after pod";

/**
 * The same objects from a client that decides nothing, on an API server of its own. Which order is the faster one is measured too.
 *
 * It has made the same pods before as the operator's, because with them in its memory an API server takes longer over the same Services:
 * for each new one it goes through the addresses of all of them.
 */
async function bareLeg(way: Way, order: Order): Promise<Cost> {
  const server = await startRealApiServer();
  try {
    await createPods(server);
    const made = children(podCount);
    const byKind = kinds.map((kind) => made[kind] ?? []);
    const byPod = Array.from({ length: podCount }, (_, i) => byKind.flatMap((objects) => objects.slice(i, i + 1)));
    const [serverBefore, ownBefore] = [await server.cpu(), process.cpuUsage()];
    const ms = await send(server.access, order === "kind after kind" ? byKind : [byPod.flat()], way);
    const { user, system } = process.cpuUsage(ownBefore);
    const cost = { ms, cpu: (user + system) / 1e6, serverCpu: (await server.cpu()) - serverBefore };
    await allThere(server);
    print(`bare client, the same ${podCount * 3} objects, ${order}, ${nameOf(way)}: ${shownCost(cost)}`);
    return cost;
  } finally {
    await server.close();
  }
}

async function createPods({ client }: RealApiServer): Promise<void> {
  await client.create(gateway);
  await inParallel(podCount, 16, (i) => createReadyPod(client, i));
  print(`${podCount} labelled pods are there`);
}

async function operatorLegs(server: RealApiServer): Promise<{ readonly bars: readonly Bar[]; readonly cost: Cost }> {
  await createPods(server);
  const [before, cpuBefore] = [await server.writes(), await server.cpu()];
  const routes = server.follow(paths.HTTPRoute);
  const startedAt = performance.now();
  let operator = await startOperator(server.kubeconfig);
  const leadingAt = performance.now();
  await routes.reached(podCount);
  const ms = performance.now() - startedAt;
  routes.stop();
  const used = await usage(operator);
  const cost = { ms, cpu: used.cpu, serverCpu: (await server.cpu()) - cpuBefore };
  await allThere(server);
  await routed(operator, podCount);
  const made = writesSince(before, await server.writes());
  print(`operator, from the start of its process to the last route: ${shownCost(cost)}`);
  print(
    `operator: first decision after ${seconds(leadingAt - startedAt)}, RSS ${used.rss.toFixed(0)} MiB, at most ${used.peak.toFixed(0)} MiB`,
  );
  print(`writes to converge: ${shown(made)}`);

  const settled = (): Promise<void> => routed(operator, podCount);
  const atRest = await rest(server, operator, { forSeconds: restSeconds, settled });
  const churn = await churnLeg(server, operator);
  const changes = await changeLeg(server, operator);
  await operator.stop("SIGKILL");

  const beforeRestart = await server.writes();
  operator = await startOperator(server.kubeconfig);
  await routed(operator, podCount + 2);
  await operator.stop("SIGKILL");
  const atRestart = writesSince(beforeRestart, await server.writes());
  print(`writes at a restart: ${shown(atRestart)}`);

  const perEvent = await perEventLeg(server);
  return {
    cost,
    bars: [
      { name: "pod-routes-writes-per-pod", value: total(made) / podCount, unit: "writes", limit: { below: 3.001 } },
      { name: "pod-routes-writes-at-rest", value: total(atRest), unit: "writes", limit: { below: 1 } },
      { name: "pod-routes-writes-at-churn", value: churn, unit: "writes", limit: { below: 1 } },
      { name: "pod-routes-writes-per-change", value: changes, unit: "writes", limit: { below: 1.001 } },
      { name: "pod-routes-writes-at-restart", value: total(atRestart), unit: "writes", limit: { below: 1 } },
      // A leg that must cost something shows that the others could: the same churn under a controller that writes for each event.
      { name: "pod-routes-churn-by-write-per-event", value: perEvent, unit: "writes", limit: { atLeast: 3 } },
      { name: "pod-routes-operator-cpu", value: used.cpu, unit: "s", limit: { below: 2 + podCount * 0.005 } },
      { name: "pod-routes-operator-rss", value: used.peak, unit: "MiB", limit: { below: 768 } },
    ],
  };
}

/** Events on pods that stay as they are for everyone's traffic; the writes that they cost. */
async function churnLeg(server: RealApiServer, operator: HeadgateProcess): Promise<number> {
  const before = await server.writes();
  await churn(server, 1);
  // A pod that comes after all that: when it has its route, everything before it has been seen.
  await marker(server, operator, podCount);
  const written = writesSince(before, await server.writes());
  print(`writes for ${churned} status events and one new pod: ${shown(written)}`);
  return total(written) - 3;
}

/** Pods that stop being ready; the writes for each. */
async function changeLeg(server: RealApiServer, operator: HeadgateProcess): Promise<number> {
  const before = await server.writes();
  const conditions = ["Ready", "ContainersReady"].map((type) => ({ type, status: "False" }));
  await inParallel(churned, 16, (i) => patchStatus(server.client, i, { conditions }));
  await marker(server, operator, podCount + 1);
  const written = writesSince(before, await server.writes());
  print(`writes for ${churned} pods that stop being ready and one new pod: ${shown(written)}`);
  return (total(written) - 3) / churned;
}

/** The same churn with a controller that writes all children of a pod at each of its events; the writes for each event. */
async function perEventLeg(server: RealApiServer): Promise<number> {
  const controller = await writePerEvent(server.client);
  const before = await server.writes();
  await churn(server, 2);
  await controller.done(churned);
  const written = writesSince(before, await server.writes());
  await controller.stop();
  print(`a controller that writes for each event, ${churned} status events: ${shown(written)}`);
  return total(written) / churned;
}

function churn({ client }: RealApiServer, restarts: number): Promise<void> {
  return inParallel(churned, 16, (i) =>
    patchStatus(client, i, { containerStatuses: readyStatus(i, restarts)["containerStatuses"] }),
  );
}

async function marker(server: RealApiServer, operator: HeadgateProcess, i: number): Promise<void> {
  const routes = server.follow(paths.HTTPRoute);
  await createReadyPod(server.client, i);
  await routes.reached(i + 1);
  routes.stop();
  await routed(operator, i + 1);
}

async function allThere(server: RealApiServer): Promise<void> {
  for (const kind of kinds) {
    // The API server's own Service and EndpointSlice are called kubernetes.
    const own = kind === "HTTPRoute" ? 0 : 1;
    const count = await server.count(paths[kind]);
    if (count !== podCount + own) throw new Error(`${count - own} of kind ${kind} for ${podCount} pods`);
  }
}

const shownCost = ({ ms, cpu, serverCpu }: Cost): string =>
  `${seconds(ms)}, ${cpu.toFixed(1)} CPU seconds and ${serverCpu.toFixed(1)} of API server and etcd ${load()}`;

const routed = (operator: HeadgateProcess, pods: number): Promise<void> =>
  converged(operator, "envoy_router_managed_pods", pods);
