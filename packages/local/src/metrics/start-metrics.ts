import { once } from "node:events";
import { type ClusterAccess, connectApi, hasStatus } from "../client/api.ts";
import { type Clock, pause, systemClock } from "../client/clock.ts";
import { resources } from "../client/resource.ts";
import type { Runner } from "../runner/index.ts";
import { guardedServer, type ServerTls } from "../tls/guarded-server.ts";
import { answerMetrics, type MetricsSource } from "./answer.ts";
import { readContainers } from "./container-readings.ts";
import { type ContainerUsage, nodeMetrics, podMetrics } from "./objects.ts";
import { readMachine } from "./proc.ts";
import { registerMetrics } from "./register.ts";
import { keepReadings, type Reading } from "./usage.ts";

export interface MetricsOptions {
  /** Whose pods and which node it measures. */
  readonly runner: Pick<Runner, "nodeName" | "podProcesses">;
  /** An address that the API server reaches. */
  readonly host: string;
  /** It must let nobody in but the API server, which has authenticated and authorised whoever asks. */
  readonly serving: ServerTls;
  /** For the APIService, which verifies the server by it; PEM text. */
  readonly caBundle: string;
  /** How long usage is averaged over, and how often it is measured; 15 seconds, as metrics-server is mostly installed. */
  readonly resolutionMs?: number;
  readonly clock?: Clock;
  /** Told of what failed and will be tried again. */
  readonly onError?: (error: unknown, about: string) => void;
}

export interface Metrics {
  close(): Promise<void>;
}

const defaultResolutionMs = 15_000;

/**
 * Serves `metrics.k8s.io/v1beta1` from what the runner's processes and this machine really use, and has the API server pass requests
 * on to it. Linux only. Returns when it is available; a pod is in it once it has been measured twice.
 */
export async function startMetrics(access: ClusterAccess, options: MetricsOptions): Promise<Metrics> {
  const { runner, host, serving, caBundle, resolutionMs = defaultResolutionMs, clock = systemClock } = options;
  const { onError = () => undefined } = options;
  const api = connectApi(access);
  const containers = keepReadings();
  const machine = keepReadings();
  const startedAt = clock.now();
  const measure = async (): Promise<void> => {
    const now = (): number => clock.now();
    const running = runner.podProcesses().flatMap(({ processes }) => processes);
    const readings = await readContainers(running, now);
    containers.take(new Map([...readings].map(([pid, reading]) => [String(pid), reading])));
    const reading: Reading = { at: now(), startedAt, ...(await readMachine()) };
    machine.take(new Map([[runner.nodeName, reading]]));
  };
  const source: MetricsSource = {
    pods: () =>
      runner.podProcesses().flatMap(({ pod, processes }) => {
        const usages = processes.flatMap(({ container, pid }): ContainerUsage[] => {
          const usage = containers.usage(String(pid));
          return usage === undefined ? [] : [{ container, usage }];
        });
        // Part of a pod would be taken for all of it.
        return usages.length < processes.length ? [] : [podMetrics(pod.metadata, usages, clock.now())];
      }),
    async nodes() {
      const usage = machine.usage(runner.nodeName);
      if (usage === undefined) return [];
      try {
        const { metadata } = await api.get(resources.nodes, { name: runner.nodeName });
        return [nodeMetrics(metadata, usage, clock.now())];
      } catch (error) {
        if (hasStatus(error, 404)) return [];
        throw error;
      }
    },
  };
  const server = guardedServer(serving, (request, response) => {
    void answerMetrics(source, request, response);
  });
  const closing = new AbortController();
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await measure().catch((error: unknown) => {
        onError(error, "Metrics");
      });
      await pause(clock, resolutionMs, closing.signal);
    }
  };
  const running = run();
  const close = async (): Promise<void> => {
    closing.abort();
    await running;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    await api.close();
  };
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    await registerMetrics(api, { host, port, caBundle }, clock);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
