/** The bench on a real API server: convergence beside a bare client, then rest, churn and change, with every write counted by the server. */
import type { HeadgateProcess } from "../../e2e/headgate-process.ts";
import type { Bar } from "../bar.ts";
import { total, writesSince } from "../cluster/api-server.ts";
import type { RealApiServer, Writes } from "../cluster/api-server.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { converged, startOperator, usage } from "../cluster/operator-process.ts";
import { print, seconds, shown } from "../cluster/printed.ts";
import { rest } from "../cluster/rest.ts";
import { bareLeg, fastestOrder, fastestWay } from "./bare-legs.ts";
import { createReadyPod, patchStatus, readyStatus } from "./objects.ts";
import { allThere, createPods, onServer, paths, podCount, shownCost } from "./pods-on-server.ts";
import type { Cost } from "./pods-on-server.ts";
import { writePerEvent } from "./write-per-event.ts";

const restSeconds = Number(process.env["BENCH_REST_SECONDS"] ?? 600);
const churned = Math.min(podCount, 1_000);

/**
 * Bare client and operator turn by turn, twice, each time on an API server of its own; of each the better leg counts. On a machine that
 * shares its host the very same leg can take a sixth longer some minutes later.
 */
export async function onKubernetes(): Promise<readonly Bar[]> {
  const way = await fastestWay();
  const order = await fastestOrder(way);
  const bare = [await bareLeg(way, order)];
  const { bars, cost } = await onServer(operatorLegs);
  bare.push(await bareLeg(way, order));
  const own = [cost, await onServer(convergenceAlone)];
  const ratio = (of: (cost: Cost) => number): number => Math.min(...own.map(of)) / Math.min(...bare.map(of));
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
}

interface Converged {
  readonly operator: HeadgateProcess;
  readonly cost: Cost;
  readonly written: Writes;
}

/** From the start of an operator beside pods that nobody has seen yet to the last route. */
async function convergence(server: RealApiServer): Promise<Converged> {
  await createPods(server, podCount);
  const [before, cpuBefore] = [await server.writes(), await server.cpu()];
  const routes = server.follow(paths.HTTPRoute);
  const startedAt = performance.now();
  const operator = await startOperator(server.kubeconfig);
  const leadingAt = performance.now();
  await routes.reached(podCount);
  const ms = performance.now() - startedAt;
  routes.stop();
  const { cpu, rss, peak } = await usage(operator);
  const cost = { ms, cpu, serverCpu: (await server.cpu()) - cpuBefore };
  await allThere(server, podCount);
  await routed(operator, podCount);
  print(`operator, from the start of its process to the last route: ${shownCost(cost)}`);
  print(
    `operator: first decision after ${seconds(leadingAt - startedAt)}, RSS ${rss.toFixed(0)} MiB, at most ${peak.toFixed(0)} MiB`,
  );
  const written = writesSince(before, await server.writes());
  print(`writes to converge: ${shown(written)}`);
  return { operator, cost, written };
}

async function convergenceAlone(server: RealApiServer): Promise<Cost> {
  const { operator, cost } = await convergence(server);
  await operator.stop("SIGKILL");
  return cost;
}

async function operatorLegs(server: RealApiServer): Promise<{ readonly bars: readonly Bar[]; readonly cost: Cost }> {
  const { cost, written: made, ...first } = await convergence(server);
  let { operator } = first;
  const { peak } = await usage(operator);

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
      { name: "pod-routes-operator-cpu", value: cost.cpu, unit: "s", limit: { below: 2 + podCount * 0.005 } },
      { name: "pod-routes-operator-rss", value: peak, unit: "MiB", limit: { below: 768 } },
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

const routed = (operator: HeadgateProcess, pods: number): Promise<void> =>
  converged(operator, "envoy_router_managed_pods", pods);
