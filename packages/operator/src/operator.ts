import { hostname } from "node:os";

import type { Action, DesiredStatus, Notice, OpError, PodRouteSettings } from "@headgate/api";
import type { Collection } from "@headgate/delta";
import {
  actuator,
  fenced,
  graphFeed,
  lease,
  missingPermission,
  recorder,
  supervise,
  systemClock,
  untilAborted,
} from "@headgate/kube";
import type { Actuator, Client, Clock, LeaseOptions, Recorder, Result, Runner } from "@headgate/kube";
import { stamp } from "@headgate/views/route-table";

import { failureFields, failureNotice } from "./failures.ts";
import type { ListenAddress } from "./listen-address.ts";
import { metrics, metricsServer } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";
import { pipelineHost } from "./pipelines/index.ts";
import type { PipelineHost } from "./pipelines/index.ts";
import { pipeline } from "./pipeline.ts";
import type { Pipeline, PipelineParts } from "./pipeline.ts";
import { probes } from "./probes.ts";
import { refusedWrites } from "./refused-writes.ts";
import type { RefusedWrites } from "./refused-writes.ts";
import { viewApi, viewStore } from "./view-api/index.ts";
import type { ViewsOptions } from "./view-api/index.ts";
import { watches } from "./watches.ts";

/** What the operator tells about itself; pino's loggers fit. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface OperatorOptions {
  readonly client: Client;
  readonly settings: PodRouteSettings;
  /** Absent: pod routes only. */
  readonly parts?: PipelineParts;
  readonly log: Log;
  /** Where `/metrics` is served; absent: nowhere. */
  readonly metricsAddress?: ListenAddress | undefined;
  /** Where `/healthz` and `/readyz` are served; absent: nowhere. */
  readonly probeAddress?: ListenAddress | undefined;
  /** How the views of Operators are served, while this process leads; absent: not at all. Takes `parts.pipelines`. */
  readonly views?: ViewsOptions | undefined;
  /** Absent: no election, this process leads. */
  readonly election?: Election | undefined;
  /** After how many milliseconds without a byte a watch counts as dead. Absent: the reflector's default. */
  readonly watchReadTimeoutMs?: number | undefined;
  readonly clock?: Clock;
}

export interface Election {
  /**
   * Best one of its own, of one connection: a renewal that waits behind writes, or for one after the other of connections that went
   * dead together, comes too late. Default: the operator's.
   */
  readonly client?: Client;
  readonly namespace: string;
  readonly name: string;
  /** Unique among the replicas; default host name, process id and a random part. */
  readonly identity?: string;
}

/** The control plane as a runner, and what it holds, for whoever runs it in the same process. */
export interface Operator extends Runner {
  readonly pipeline: Pipeline;
  readonly metrics: Metrics;
  /** Resolves when every cache holds its first complete list. */
  readonly synced: Promise<void>;
  readonly leading: () => boolean;
  /** What runs Operators, while this process leads and they are served. */
  readonly pipelines: () => PipelineHost | undefined;
  /** The ports that were bound, once they are; a server that is switched off has none. */
  readonly ports: {
    readonly metrics?: Promise<number>;
    readonly probes?: Promise<number>;
    readonly views?: Promise<number>;
  };
}

/** How many changes of a view are remembered for watches that were interrupted. */
const viewHistory = 1_000;

/** Logs and counts a failed effect. */
type Fail = (error: OpError, fields: object, message: string) => void;

/** Wires watches to the views, and the views' actions and notices to effects. Makes no I/O until it runs. */
export function operator(options: OperatorOptions): Operator {
  const { client, settings, log, watchReadTimeoutMs, clock = systemClock } = options;
  const decided = pipeline(settings, options.parts);
  const feed = graphFeed(decided.graph);
  const fail: Fail = (error, fields, message) => {
    const missing = missingPermission(error);
    if (missing !== undefined) measured.refused(missing);
    log.warn({ ...fields, ...failureFields(error) }, message);
  };
  const watching = watches(decided.sources, {
    client,
    feed,
    clock,
    readTimeoutMs: watchReadTimeoutMs,
    onError: fail,
    onMissing: (kinds) => {
      log.warn(
        { kinds },
        "kinds that this cluster lacks are not served; EndpointPolicy is looked for again, the others when the operator starts",
      );
    },
    onObstacle: (obstacle) => {
      feed.change((turn) => {
        if (obstacle === undefined) turn.delete(decided.obstacles, "");
        else turn.set(decided.obstacles, "", obstacle);
      });
    },
  });

  const refused = refusedWrites(feed, decided.refusedWrites);
  const viewsPort = Promise.withResolvers<number>();
  let leading = false;
  let hosting: PipelineHost | undefined;
  const measured = metrics({
    managedPods: () => decided.managed.size,
    pendingWrites: () => decided.actions.size + decided.statuses.size,
    leading: () => leading,
    watches: () => [...watching.health(), ...(hosting?.watches() ?? [])],
    endpoints: () => [...decided.endpoints.entries()].map(([, endpoint]) => endpoint),
    pipelines: () => hosting?.pipelines,
  });
  const lead = async (signal: AbortSignal, check: () => void): Promise<void> => {
    await Promise.race([watching.synced, untilAborted(signal)]);
    if (signal.aborted) return;
    leading = true;
    log.info({ managedPods: decided.managed.size, plannedWrites: decided.actions.size }, "leading");
    const writes = fenced(client, check);
    const acting = actuator(writes, {
      clock,
      statusStandsMs: 1_000,
      onResult: (result) => {
        report(result, { measured, log, fail });
        refused.note(result);
        const notice = failureNotice(result);
        if (notice !== undefined) events.record(notice);
      },
    });
    const events = recorder(writes, {
      component: "headgate",
      clock,
      onError: (error) => {
        fail(error, {}, "an Event was not written");
      },
    });
    const store = options.views && viewStore({ startMs: clock.now(), depth: viewHistory });
    hosting =
      options.parts?.pipelines === true
        ? pipelineHost({
            client: writes,
            clock,
            namespace: settings.watchNamespace === "" ? undefined : settings.watchNamespace,
            readTimeoutMs: watchReadTimeoutMs,
            onError: fail,
            measured: measured.pipelines,
            onResult: (result) => {
              report(result, { measured, log, fail });
            },
            tell: (notice) => {
              record(notice, events, log);
            },
            info: (fields, message) => {
              log.info(fields, message);
            },
            onPipelines:
              store &&
              ((pipelines) => {
                store.follow(pipelines);
              }),
          })
        : undefined;
    const host = hosting;
    const views =
      options.views && store && host
        ? [
            viewApi(options.views, {
              client: writes,
              clock,
              store,
              waiting: (controller) => host.waiting(controller),
              onListening: (port) => {
                viewsPort.resolve(port);
                log.info({ viewsPort: port }, "serving views");
              },
              onError: fail,
              onBug: (cause) => {
                log.error(
                  { error: cause instanceof Error ? cause.stack : String(cause) },
                  "a request for views met a bug",
                );
              },
              warn: (fields, message) => {
                log.warn(fields, message);
              },
            }),
          ]
        : [];
    const stops = [
      act(decided.actions, acting, refused),
      writeStatuses(decided.statuses, acting, clock),
      tell(decided.notices, events, log),
    ];
    try {
      await supervise([acting, events, ...(hosting === undefined ? [] : [hosting]), ...views], signal);
    } finally {
      leading = false;
      hosting = undefined;
      for (const stop of stops) stop();
    }
  };
  const leader = leaderRunner(options, lead, fail);

  const metricsRunner = options.metricsAddress && metricsServer(options.metricsAddress, measured.registry);
  const probesRunner = options.probeAddress && probes(options.probeAddress, { caches: watching.ready });
  return {
    name: "operator",
    pipeline: decided,
    metrics: measured,
    synced: watching.synced,
    leading: () => leading,
    pipelines: () => hosting,
    ports: {
      ...(metricsRunner && { metrics: metricsRunner.listening }),
      ...(probesRunner && { probes: probesRunner.listening }),
      ...(options.views && { views: viewsPort.promise }),
    },
    run: (signal) => {
      const servers = [metricsRunner, probesRunner].filter((runner) => runner !== undefined);
      return supervise([...servers, feed, watching, leader], signal);
    },
  };
}

function leaderRunner(
  { client, election, clock, log }: OperatorOptions,
  lead: LeaseOptions["lead"],
  fail: Fail,
): Runner {
  if (election === undefined) return { name: "leader", run: (signal) => lead(signal, () => undefined) };
  return lease(election.client ?? client, {
    namespace: election.namespace,
    name: election.name,
    identity: election.identity ?? `${hostname()}_${process.pid}_${crypto.randomUUID().slice(0, 8)}`,
    lead,
    onHolder: (holder) => {
      log.info({ holder }, "lease changed hands");
    },
    onError: (error) => {
      fail(error, {}, "lease could not be renewed");
    },
    ...(clock && { clock }),
  });
}

/** Hands every action row to the actuator, those that stand already included. */
function act(actions: Collection<Action>, actuating: Actuator, refused: RefusedWrites): () => void {
  for (const [key, action] of actions.entries()) actuating.set(key, action);
  return actions.subscribe((changes) => {
    for (const { key, after } of changes) {
      if (after !== undefined) actuating.set(key, after);
      else {
        actuating.delete(key);
        refused.forget(key);
      }
    }
  });
}

/** Hands every status row to the actuator, those that stand already included; a condition that changes does so now. */
function writeStatuses(statuses: Collection<DesiredStatus>, actuating: Actuator, clock: Clock): () => void {
  const set = (key: string, row: DesiredStatus | undefined): void => {
    if (row === undefined) {
      actuating.delete(`status ${key}`);
      return;
    }
    const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    actuating.set(`status ${key}`, { do: "status", desired: stamp(row, now) });
  };
  for (const [key, row] of statuses.entries()) set(key, row);
  return statuses.subscribe((changes) => {
    for (const { key, after } of changes) set(key, after);
  });
}

/** Hands every notice row to the recorder, those that stand already included. */
function tell(notices: Collection<Notice>, recording: Recorder, log: Log): () => void {
  for (const [, notice] of notices.entries()) record(notice, recording, log);
  return notices.subscribe((changes) => {
    for (const { after } of changes) if (after !== undefined) record(after, recording, log);
  });
}

function record(notice: Notice, recording: Recorder, log: Log): void {
  const { about, type, reason, message } = notice;
  log[type === "Warning" ? "warn" : "info"]({ about, reason }, message);
  recording.record(notice);
}

function report(
  { key, action, outcome, error, elapsedMs }: Result,
  { measured, log, fail }: { readonly measured: Metrics; readonly log: Log; readonly fail: Fail },
): void {
  const controller = "controller" in action ? action.controller : action.desired.controller;
  if (error === undefined) {
    measured.reconciled(controller, "success", elapsedMs / 1000);
    log.info({ object: key, do: action.do, outcome }, "reconciled");
  } else {
    measured.reconciled(controller, error.retry ? "requeue" : "error", elapsedMs / 1000);
    fail(error, { object: key, do: action.do }, "reconcile failed, trying again");
  }
}
