import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { pino } from "pino";

import type { PodRouteSettings } from "@headgate/api";
import { connect, supervise } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import type { Addressing } from "@headgate/local";
import { operator } from "@headgate/operator";

import { host } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { applyDemo, demos, installKinds, whatToTry } from "./demo.ts";
import type { DemoName } from "./demo.ts";
import { startEmbedded } from "./embedded.ts";
import { startKubernetesCluster } from "./kubernetes/index.ts";
import type { GatewayName } from "./kubernetes/index.ts";
import { freePortOffset } from "./port-offset.ts";
import { screen } from "./screen.ts";
import type { Display } from "./screen.ts";

export interface LocalOptions {
  /** Undefined: the embedded control plane; else a real one, behind the gateway that it names. */
  readonly kubernetes?: { readonly gateway: GatewayName };
  /** Port of the API server; 0 for any free one. */
  readonly port: number;
  readonly kubeconfig: string;
  readonly logFile: string;
  /** Maps images to commands, in place of what the demo maps; an image that is not named runs the sample echo app. */
  readonly images?: string;
  /** False: pods are only said to run. */
  readonly processes: boolean;
  /** How pods of the embedded cluster are reached; undefined: as the machine allows. */
  readonly addressing?: Addressing;
  readonly demo?: DemoName;
  /** Added to Gateway ports below 1024; undefined: the first one that leaves port 80 free. */
  readonly portOffset?: number;
  readonly settings: PodRouteSettings;
}

/** A cluster with operator and gateway beside it, until the signal aborts. Leaves no process behind. */
export async function runLocal(options: LocalOptions, display: Display, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(options.logFile), { recursive: true });
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: options.logFile, sync: true }),
  );
  const cluster = await start(options, log, { display, signal });
  if (cluster === undefined) return;
  const client = connect(cluster.access);
  try {
    await writeKubeconfig(options.kubeconfig, cluster);
    await runOn(cluster, client, { ...options, log }, { display, signal });
  } finally {
    await client.close();
    await cluster.close();
  }
}

interface Shown {
  readonly display: Display;
  readonly signal: AbortSignal;
}

/** Undefined when the signal came first. */
async function start(options: LocalOptions, log: pino.Logger, shown: Shown): Promise<Cluster | undefined> {
  const { kubernetes, settings, ...rest } = options;
  const demo = options.demo === undefined ? undefined : demos[options.demo];
  const images = options.images ?? demo?.images;
  const chosen = {
    ...rest,
    log,
    portOffset: options.portOffset ?? (await freePortOffset(host)),
    ...(images !== undefined && { images }),
  };
  if (kubernetes === undefined) return startEmbedded(chosen);
  const say = (line: string): void => {
    shown.display.write(`${line}\n`);
  };
  const namespace = settings.watchNamespace === "" ? "default" : settings.watchNamespace;
  const routed = { namespace, name: demo?.gateway ?? settings.gatewayName };
  return startKubernetesCluster({ ...chosen, gateway: kubernetes.gateway, routed, say, signal: shown.signal });
}

async function writeKubeconfig(file: string, { kubeconfig }: Cluster): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, kubeconfig, { mode: 0o600 });
}

async function runOn(
  cluster: Cluster,
  client: Client,
  { log, demo, ...options }: LocalOptions & { readonly log: pino.Logger },
  { display, signal }: Shown,
): Promise<void> {
  await installKinds(client, signal);
  const control = operator({
    client,
    settings: options.settings,
    parts: { endpointPolicies: true, pipelines: true },
    log,
    metricsAddress: { host, port: 0 },
    probeAddress: { host, port: 0 },
  });
  const shown = {
    name: "screen",
    run: async (stop: AbortSignal): Promise<void> => {
      if (demo !== undefined) await applyDemo(client, demo);
      const metricsPort = await control.ports.metrics;
      const places = {
        kubeconfig: `export KUBECONFIG=${options.kubeconfig}`,
        "API server": cluster.url,
        gateway: `${cluster.gateway} (${cluster.gatewayNote})`,
        metrics: `http://${host}:${String(metricsPort)}/metrics`,
        log: options.logFile,
        ...cluster.places,
      };
      const facts = [
        `Headgate on ${cluster.title}`,
        ...Object.entries(places).map(([name, place]) => `  ${name.padEnd(10)}  ${place}`),
      ];
      const tryOut = demo === undefined ? [] : whatToTry(demo, cluster.gateway);
      await screen(control.pipeline, { facts, tryOut }, display).run(stop);
    },
  };
  await supervise([control, ...cluster.runners(client), shown], signal);
}
