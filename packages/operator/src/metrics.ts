import type { Pipelines } from "@headgate/pipeline";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

import type { MissingPermission } from "@headgate/kube";

import { httpServer, type HttpRunner } from "./http-server.ts";
import { pipelineMetrics } from "./pipelines/index.ts";
import type { PipelineMetrics } from "./pipelines/index.ts";
import type { ListenAddress } from "./listen-address.ts";

/** How one attempt to bring an object to its desired state ended, in controller-runtime's words. */
export type ReconcileResult = "success" | "error" | "requeue";

/** What a watch knows about its own health. */
export interface WatchHealth {
  readonly kind: string;
  /** Milliseconds since the last byte of news, bookmarks included. */
  readonly lastEventAge: number;
  readonly relists: number;
  readonly reconnects: number;
  readonly misses: number;
}

/** Gauges are functions of the state, read when Prometheus asks: nothing is counted up and down, so nothing can drift. */
export interface MetricSources {
  readonly managedPods: () => number;
  readonly pendingWrites: () => number;
  readonly leading: () => boolean;
  readonly watches: () => readonly WatchHealth[];
  /** Every endpoint of every valid policy. */
  readonly endpoints: () => readonly EndpointHealth[];
  /** What Operators come to, while they are served here. */
  readonly pipelines: () => Pipelines | undefined;
}

/** What the metrics say of one endpoint of a policy. */
export interface EndpointHealth {
  readonly policy: { readonly namespace?: string; readonly name: string };
  readonly id: string;
  readonly type: string;
  readonly strategy: string;
  readonly ready: boolean;
}

export interface Metrics {
  readonly registry: Registry;
  /** Records one reconcile of `controller` that took `seconds`. */
  reconciled(controller: string, result: ReconcileResult, seconds: number): void;
  /** Records a request that was refused because a role lacks this. */
  refused(permission: MissingPermission): void;
  readonly pipelines: PipelineMetrics;
}

/** The operator's metrics under the names that its predecessors' dashboards use, and our own under `headgate_`. */
export function metrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  stateGauge(registers, "envoy_router_managed_pods", "Pods currently managed by the operator", sources.managedPods);
  stateGauge(
    registers,
    "headgate_pending_writes",
    "Writes that are planned and have not taken effect",
    sources.pendingWrites,
  );
  stateGauge(registers, "leader_election_master_status", "1 while this replica leads", () =>
    sources.leading() ? 1 : 0,
  );

  const perWatch = (name: string, help: string, value: (watch: WatchHealth) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      labelNames: ["kind"],
      collect() {
        this.reset();
        for (const watch of sources.watches()) this.set({ kind: watch.kind }, value(watch));
      },
    });
  };
  perWatch(
    "headgate_watch_last_event_age_seconds",
    "Time since the watch last heard anything",
    (w) => w.lastEventAge / 1000,
  );
  perWatch("headgate_watch_relists", "Full lists since the start", (w) => w.relists);
  perWatch("headgate_watch_reconnects", "Reconnects since the start", (w) => w.reconnects);
  perWatch("headgate_watch_missed_events", "Differences that a comparing relist found", (w) => w.misses);

  endpointGauges(registers, sources.endpoints);
  const pipelines = pipelineMetrics(registers, sources.pipelines);

  const total = new Counter({
    name: "controller_runtime_reconcile_total",
    help: "Reconciliations per controller and result",
    labelNames: ["controller", "result"],
    registers,
  });
  const time = new Histogram({
    name: "controller_runtime_reconcile_time_seconds",
    help: "Length of time per reconciliation per controller",
    labelNames: ["controller"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const refusals = new Counter({
    name: "headgate_permission_missing_total",
    help: "Requests that were refused because the operator's role lacks a permission",
    labelNames: ["verb", "resource"],
    registers,
  });
  return {
    registry,
    pipelines,
    refused: ({ verb, resource }) => {
      refusals.inc({ verb, resource });
    },
    reconciled: (controller, result, seconds) => {
      total.inc({ controller, result });
      time.observe({ controller }, seconds);
    },
  };
}

/** Under the names and labels of the original; a series goes with its endpoint. */
function endpointGauges(registers: Registry[], endpoints: MetricSources["endpoints"]): void {
  const labelsOf = ({ policy }: EndpointHealth): { namespace: string; policy: string } => ({
    namespace: policy.namespace ?? "",
    policy: policy.name,
  });
  const perPolicy = (name: string, help: string, counts: (endpoint: EndpointHealth) => boolean): void => {
    new Gauge({
      name,
      help,
      registers,
      labelNames: ["namespace", "policy"],
      collect() {
        this.reset();
        for (const endpoint of endpoints()) this.inc(labelsOf(endpoint), counts(endpoint) ? 1 : 0);
      },
    });
  };
  perPolicy("endpointscaler_endpoints_total", "Endpoints of a policy", () => true);
  perPolicy("endpointscaler_endpoints_ready", "Endpoints of a policy that are ready", ({ ready }) => ready);
  new Gauge({
    name: "endpointscaler_endpoint_info",
    help: "An endpoint of a policy, always 1",
    registers,
    labelNames: ["namespace", "policy", "endpoint", "type", "strategy"],
    collect() {
      this.reset();
      for (const endpoint of endpoints()) {
        const { id, type, strategy } = endpoint;
        this.set({ ...labelsOf(endpoint), endpoint: id, type, strategy }, 1);
      }
    },
  });
}

function stateGauge(registers: Registry[], name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(value());
    },
  });
}

/** Serves `/metrics` in Prometheus's text format. */
export function metricsServer(address: ListenAddress, registry: Registry): HttpRunner {
  return httpServer("metrics", address, (request, response) => {
    if ((request.url ?? "/").split("?", 1)[0] !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found; try /metrics\n");
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500, { "content-type": "text/plain" }).end(`${String(error)}\n`),
    );
  });
}
