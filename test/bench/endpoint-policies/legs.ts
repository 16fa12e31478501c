import { setTimeout as delay } from "node:timers/promises";

import { endpointPolicyCrd, resourceTypes } from "@headgate/api";
import type { ObjectRef } from "@headgate/api";

import type { HeadgateProcess } from "../../e2e/headgate-process.ts";
import type { Bar } from "../bar.ts";
import { total, writesSince } from "../cluster/api-server.ts";
import type { Writes } from "../cluster/api-server.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { converged, startOperator, until, usage } from "../cluster/operator-process.ts";
import { load, print, seconds, shown } from "../cluster/printed.ts";
import { rest } from "../cluster/rest.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import { appName, application, childrenPerPolicy, gateway, perPolicy, policy } from "./objects.ts";
import { policyWatch } from "./policy-watch.ts";
import type { PolicyWatch } from "./policy-watch.ts";
import { standIns } from "./stand-ins.ts";
import type { StandIns } from "./stand-ins.ts";

interface Size {
  readonly policies: number;
  readonly restSeconds: number;
}

interface Stage {
  readonly cluster: BenchCluster;
  readonly answering: StandIns;
  readonly watch: PolicyWatch;
  readonly policies: number;
  operator: HeadgateProcess;
}

/** From policies that nobody has seen yet to Ready; then rest, churn, scaling, change and a restart, with every write counted. */
export async function legs(cluster: BenchCluster, { policies, restSeconds }: Size): Promise<readonly Bar[]> {
  await prepare(cluster, policies);
  const answering = await standIns(cluster.client);
  const watch = await policyWatch(cluster.client);
  const [before, cpuBefore] = [await cluster.writes(), await cluster.cpu?.()];
  const startedAt = performance.now();
  const stage: Stage = { cluster, answering, watch, policies, operator: await startOperator(cluster.kubeconfig) };
  try {
    const leadingAt = performance.now();
    await watch.ready(policies);
    const ms = performance.now() - startedAt;
    const used = await usage(stage.operator);
    const serverCpu = cpuBefore === undefined ? undefined : ((await cluster.cpu?.()) ?? 0) - cpuBefore;
    await settled(stage);
    const made = writesSince(before, await cluster.writes());
    const routes = policies * (perPolicy.HTTPRoute + perPolicy.GRPCRoute);
    const children = policies * childrenPerPolicy;
    print(
      `${policies} policies of ${perPolicy.endpoints} endpoints, ${children} children: all ready ${seconds(ms)} after the start of the operator's ` +
        `process ${load()}, first decision after ${seconds(leadingAt - startedAt)}`,
    );
    print(
      `operator: ${used.cpu.toFixed(1)} CPU seconds, RSS ${used.rss.toFixed(0)} MiB, at most ${used.peak.toFixed(0)} MiB` +
        (serverCpu === undefined ? "" : `; API server and its store: ${serverCpu.toFixed(1)} CPU seconds`),
    );
    print(`writes to converge: ${shown(made)}`);
    const atRest = await rest(cluster, stage.operator, { forSeconds: restSeconds, settled: () => settled(stage) });
    const atChurn = await churn(stage);
    const atScaling = await scaling(stage);
    const perChange = await change(stage);
    const atRestart = await restart(stage);
    return [
      {
        name: "endpoint-policies-writes-per-child-but-routes",
        value: (toChildren(made) - toRoutes(made)) / (children - routes),
        unit: "writes",
        limit: { below: 1.001 },
      },
      // Made parked, and opened when the Gateway knows the backends: a route that takes requests at once loses some.
      {
        name: "endpoint-policies-writes-per-route",
        value: toRoutes(made) / routes,
        unit: "writes",
        limit: { below: 2.001 },
      },
      {
        name: "endpoint-policies-statuses-per-policy",
        value: (total(made) - toChildren(made)) / policies,
        unit: "writes",
        limit: { below: 1 + 2 * perPolicy.endpoints },
      },
      { name: "endpoint-policies-writes-at-rest", value: total(atRest), unit: "writes", limit: { below: 1 } },
      { name: "endpoint-policies-writes-at-churn", value: total(atChurn), unit: "writes", limit: { below: 1 } },
      { name: "endpoint-policies-writes-at-scaling", value: atScaling, unit: "writes", limit: { below: 1 } },
      { name: "endpoint-policies-writes-per-change", value: perChange, unit: "writes", limit: { below: 1.001 } },
      { name: "endpoint-policies-writes-at-restart", value: total(atRestart), unit: "writes", limit: { below: 1 } },
      { name: "endpoint-policies-operator-cpu", value: used.cpu, unit: "s", limit: { below: 3 + children * 0.005 } },
      { name: "endpoint-policies-operator-rss", value: used.peak, unit: "MiB", limit: { below: 1024 } },
    ];
  } finally {
    await Promise.all([answering.stop(), watch.stop(), stage.operator.stop("SIGKILL")]);
  }
}

async function prepare({ client }: BenchCluster, policies: number): Promise<void> {
  await client.create(endpointPolicyCrd);
  await until(() =>
    client.list(resourceTypes.EndpointPolicy).then(
      () => true,
      () => false,
    ),
  );
  await client.create(gateway);
  await inParallel(policies, 16, async (i) => {
    for (const object of [...application(i), policy(i)]) await client.create(object);
  });
  print(`${policies} applications and policies are there`);
}

/** All endpoints are ready, as the operator sees it, and it has nothing to write; nor have those who answer to it. */
async function settled({ answering, operator, policies }: Stage): Promise<void> {
  await answering.idle();
  await converged(operator, "endpointscaler_endpoints_ready", policies * perPolicy.endpoints);
}

/** What is written beside the statuses of policies. */
function toChildren(writes: Writes): number {
  return [...writes].reduce((sum, [what, count]) => sum + (what.includes("endpointpolicies/status") ? 0 : count), 0);
}

/** Their statuses are others' and not counted. */
function toRoutes(writes: Writes): number {
  return [...writes].reduce((sum, [what, count]) => sum + (/ (http|grpc)routes$/.test(what) ? count : 0), 0);
}

/** How long the operator is given to answer to something that needs no answer. */
const patienceMs = 5_000;

const deploymentOf = (i: number, endpoint: string): ObjectRef => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: "default",
  name: `${appName(i)}-${endpoint}`,
});

/** Statuses of Deployments that change nothing for anyone. */
async function churn(stage: Stage): Promise<Writes> {
  const { cluster, policies } = stage;
  const before = await cluster.writes();
  await inParallel(policies, 8, (i) =>
    cluster.client.patch(
      deploymentOf(i, "search"),
      { status: { collisionCount: 1 } },
      { type: "merge", subresource: "status" },
    ),
  );
  await delay(patienceMs);
  await settled(stage);
  const written = writesSince(before, await cluster.writes());
  print(`writes for ${policies} status events of Deployments: ${shown(written)}`);
  return written;
}

/** Autoscalers at work, twice; the writes to children at the second time. At the first one the operator lets go of the replicas. */
async function scaling(stage: Stage): Promise<number> {
  const { cluster, policies } = stage;
  const scale = async (replicas: number): Promise<Writes> => {
    const before = await cluster.writes();
    await inParallel(policies, 8, (i) =>
      cluster.client.patch(deploymentOf(i, "stock"), { spec: { replicas } }, { type: "merge", subresource: "scale" }),
    );
    await delay(patienceMs);
    await settled(stage);
    const written = writesSince(before, await cluster.writes());
    print(`writes for ${policies} Deployments scaled to ${replicas} by an autoscaler: ${shown(written)}`);
    return written;
  };
  await scale(3);
  return toChildren(await scale(2));
}

/**
 * New images for some applications, twice; the writes for each child that it concerns, at the second time. Before the first change of
 * an object the fields that we created are made those that we apply, which is a write of its own.
 */
async function change(stage: Stage): Promise<number> {
  const { cluster, policies, watch } = stage;
  const changed = Math.min(policies, 100);
  const release = async (image: string): Promise<Writes> => {
    const before = await cluster.writes();
    await inParallel(changed, 8, (i) => {
      const { apiVersion, kind, metadata } = policy(i);
      const ref = { apiVersion, kind, namespace: "default", name: metadata.name };
      return cluster.client.patch(ref, { spec: { appRef: { image } } }, { type: "merge" });
    });
    await watch.ready(policies);
    await settled(stage);
    const written = writesSince(before, await cluster.writes());
    print(`writes for image ${image} in ${changed} policies: ${shown(written)}`);
    return written;
  };
  await release("shop:2");
  return toChildren(await release("shop:3")) / (changed * perPolicy.Deployment);
}

async function restart(stage: Stage): Promise<Writes> {
  const { cluster } = stage;
  await stage.operator.stop("SIGKILL");
  const before = await cluster.writes();
  stage.operator = await startOperator(cluster.kubeconfig);
  await settled(stage);
  const written = writesSince(before, await cluster.writes());
  print(`writes at a restart: ${shown(written)}`);
  return written;
}
