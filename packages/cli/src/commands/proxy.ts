import { Command } from "commander";

import { supervise } from "@headgate/kube";
import { failureFields, probes } from "@headgate/operator";
import { proxy } from "@headgate/proxy";

import { interrupted } from "../interrupt.ts";
import { logger } from "../log.ts";
import { clusterClient, withClusterOptions } from "./cluster-options.ts";
import type { ClusterOptions } from "./cluster-options.ts";
import { listenAddress } from "./listen-address.ts";
import { logLevel } from "./log-level.ts";
import { wholeNumber } from "./whole-number.ts";

interface Options extends ClusterOptions {
  readonly bindAddress: string;
  readonly portOffset: string;
  readonly controllerName: string;
  readonly publishAddress?: readonly string[];
  readonly healthProbeBindAddress: string;
  readonly logLevel: string;
}

/** `headgate proxy`: the data plane for the Gateways of a cluster, until a signal ends it. */
export function proxyCommand(): Command {
  return withClusterOptions(new Command("proxy").description("serve the Gateways of a cluster"))
    .option("--bind-address <address>", "where listeners are bound", "0.0.0.0")
    .option("--port-offset <number>", "added to listener ports below 1024", "0")
    .option("--controller-name <name>", "GatewayClasses that name it are served", "headgate.io/gateway-controller")
    .option(
      "--publish-address <address>",
      "what Gateways publish as their address (repeatable)",
      (address: string, before: readonly string[] | undefined) => [...(before ?? []), address],
    )
    .option("--health-probe-bind-address <address>", "where /healthz and /readyz are served; 0 for nowhere", "0")
    .addOption(logLevel())
    .action(run);
}

async function run(options: Options): Promise<void> {
  const portOffset = wholeNumber("--port-offset", options.portOffset, 64_511);
  const probeAddress = listenAddress("--health-probe-bind-address", options.healthProbeBindAddress);
  const log = logger(options.logLevel);
  const { client } = await clusterClient(options);
  const stop = interrupted();
  const serving = proxy(client, {
    bindAddress: options.bindAddress,
    portOffset,
    controllerName: options.controllerName,
    ...(options.publishAddress && { addresses: options.publishAddress }),
    onError: (error) => {
      log.warn(failureFields(error), "watch failed, trying again");
    },
    onResult: ({ key, outcome, error }) => {
      if (error === undefined) log.debug({ object: key, outcome }, "status written");
      else log.warn({ object: key, ...failureFields(error) }, "status not written, trying again");
    },
  });
  let ready = false;
  void serving.ready.then(() => {
    ready = true;
    for (const { address, port } of serving.stats()?.sockets ?? []) log.info({ address, port }, "listening");
  });
  try {
    await supervise([serving, ...(probeAddress ? [probes(probeAddress, { listeners: () => ready })] : [])], stop);
  } finally {
    await client.close();
  }
}
