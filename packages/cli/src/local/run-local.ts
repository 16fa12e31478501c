import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { pino } from "pino";

import type { PodRouteSettings } from "@headgate/api";
import { connect, supervise } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { startLocalCluster } from "@headgate/local";
import type { Addressing, LocalCluster } from "@headgate/local";
import { operator } from "@headgate/operator";
import { proxy } from "@headgate/proxy";

import { applyDemo, demos } from "./demo.ts";
import type { DemoName } from "./demo.ts";
import { freePortOffset } from "./port-offset.ts";
import { screen } from "./screen.ts";
import type { Display } from "./screen.ts";

export interface LocalOptions {
  /** Port of the API server; 0 for any free one. */
  readonly port: number;
  readonly kubeconfig: string;
  readonly logFile: string;
  /** Maps images to commands; an image that it does not name runs the sample echo app. */
  readonly images?: string;
  /** False: pods are only said to run. */
  readonly processes: boolean;
  /** How pods are reached; undefined: as the machine allows. */
  readonly addressing?: Addressing;
  readonly demo?: DemoName;
  /** Added to Gateway ports below 1024; undefined: the first one that leaves port 80 free. */
  readonly portOffset?: number;
  readonly settings: PodRouteSettings;
}

const host = "127.0.0.1";

/** The embedded cluster with operator and proxy beside it, until the signal aborts. Leaves no process behind. */
export async function runLocal(options: LocalOptions, display: Display, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(options.logFile), { recursive: true });
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: options.logFile, sync: true }),
  );
  const cluster = await startLocalCluster({
    port: options.port,
    runner: {
      processes: options.processes,
      ...(options.addressing !== undefined && { addressing: options.addressing }),
      ...(options.images !== undefined && { images: options.images }),
    },
    onError: (error, about) => {
      log.warn({ about, error: String(error) }, "local cluster, trying again");
    },
  });
  const client = connect({ server: cluster.url });
  try {
    await writeKubeconfig(options.kubeconfig, cluster);
    await runInside(cluster, client, { ...options, log }, { display, signal });
  } finally {
    await client.close();
    await cluster.close();
  }
}

async function writeKubeconfig(file: string, { kubeconfig }: LocalCluster): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, kubeconfig, { mode: 0o600 });
}

async function runInside(
  cluster: LocalCluster,
  client: Client,
  { log, demo, ...options }: LocalOptions & { readonly log: pino.Logger },
  { display, signal }: { readonly display: Display; readonly signal: AbortSignal },
): Promise<void> {
  const portOffset = options.portOffset ?? (await freePortOffset(host));
  const control = operator({
    client,
    settings: options.settings,
    log,
    metricsAddress: { host, port: 0 },
    probeAddress: { host, port: 0 },
  });
  const data = proxy(client, {
    bindAddress: host,
    portOffset,
    reach: cluster.reach,
    onError: (error) => {
      log.warn({ code: error.code, error: error.message }, "proxy's watch failed, trying again");
    },
  });
  const gateway = `http://${host}:${String(80 + portOffset)}`;
  const shown = {
    name: "screen",
    run: async (stop: AbortSignal): Promise<void> => {
      if (demo !== undefined) await applyDemo(client, demo);
      const metricsPort = await control.ports.metrics;
      const facts = [
        "Headgate on an embedded cluster",
        `  kubeconfig  export KUBECONFIG=${options.kubeconfig}`,
        `  API server  ${cluster.url}`,
        `  gateway     ${gateway} (Gateway ports below 1024 are at port + ${String(portOffset)})`,
        `  metrics     http://${host}:${String(metricsPort)}/metrics`,
        `  log         ${options.logFile}`,
      ];
      const tryOut = demo === undefined ? [] : ["Try", ...demos[demo].tryOut(gateway).map((line) => `  ${line}`)];
      await screen(control.pipeline, { facts, tryOut }, display).run(stop);
    },
  };
  await supervise([control, data, shown], signal);
}
