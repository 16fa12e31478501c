import { Command } from "commander";

import { connect } from "@headgate/kube";
import { operator } from "@headgate/operator";

import { UsageError } from "../usage-error.ts";
import { httpsUrl } from "./https-url.ts";
import { interrupted } from "../interrupt.ts";
import { logger } from "../log.ts";
import { clusterClient, withClusterOptions } from "./cluster-options.ts";
import type { ClusterOptions } from "./cluster-options.ts";
import { listenAddress } from "./listen-address.ts";
import { logLevel } from "./log-level.ts";
import { wholeNumber } from "./whole-number.ts";
import { podRouteSettings, withPodRouteOptions } from "./pod-route-options.ts";
import type { PodRouteOptions } from "./pod-route-options.ts";

interface Options extends ClusterOptions, PodRouteOptions {
  readonly metricsBindAddress: string;
  readonly healthProbeBindAddress: string;
  readonly leaderElect: boolean;
  readonly leaderElectionNamespace?: string;
  readonly leaderElectionId?: string;
  readonly watchReadTimeout: string;
  readonly endpointPolicies: boolean;
  readonly pipelines: boolean;
  readonly viewsListen: string;
  readonly viewsName: string;
  readonly viewsServer?: string;
  readonly viewsCertificate?: string;
  readonly logLevel: string;
}

/** `headgate operator`: the control plane, until a signal ends it. */
export function operatorCommand(): Command {
  const command = new Command("operator").description("run the control plane against a cluster");
  withPodRouteOptions(withClusterOptions(command));
  return command
    .option("--metrics-bind-address <address>", "where /metrics is served; 0 for nowhere", ":8080")
    .option("--health-probe-bind-address <address>", "where /healthz and /readyz are served; 0 for nowhere", ":8081")
    .option("--no-leader-elect", "lead without a Lease; for a single replica only")
    .option(
      "--leader-election-namespace <namespace>",
      "namespace of the Lease (default: the pod's own, or that of the kubeconfig)",
    )
    .option("--leader-election-id <name>", "name of the Lease (default: headgate-<instance>)")
    .option(
      "--watch-read-timeout <seconds>",
      "after how long without a byte a watch is opened anew; API servers send one each minute at least",
      "150",
    )
    .option("--no-endpoint-policies", "leave EndpointPolicies alone, and read nothing on their account")
    .option("--no-pipelines", "leave Operators (dcontroller.io) alone, and read nothing on their account")
    .option(
      "--views-listen <address>",
      "where the leader serves the views of Operators to kubectl, over TLS, to those whom the cluster knows and lets; 0 for nowhere",
      "0",
    )
    .option(
      "--views-name <name>",
      "name of the ConfigMap, Secret and EndpointSlice of the views, in the namespace of the Lease",
      "headgate-views",
    )
    .option("--views-server <url>", "URL at which clients reach the views (default: this machine, at the port)")
    .option(
      "--views-certificate <folder>",
      "holds tls.crt, tls.key and maybe ca.crt for the views (default: a certificate of its own, kept in the Secret)",
    )
    .addOption(logLevel())
    .action(run);
}

async function run(options: Options): Promise<void> {
  const settings = podRouteSettings(options);
  const metricsAddress = listenAddress("--metrics-bind-address", options.metricsBindAddress);
  const probeAddress = listenAddress("--health-probe-bind-address", options.healthProbeBindAddress);
  const viewsAddress = listenAddress("--views-listen", options.viewsListen);
  const viewsServer = options.viewsServer === undefined ? undefined : httpsUrl("--views-server", options.viewsServer);
  if (viewsAddress !== undefined && !options.pipelines) {
    throw new UsageError("error: --views-listen: with --no-pipelines there are no views to be served");
  }
  const watchReadTimeoutMs = 1000 * wholeNumber("--watch-read-timeout", options.watchReadTimeout, 86_400, 1);
  const { access, client } = await clusterClient(options);
  const log = logger(options.logLevel);
  const voter = connect(access, { connections: 1 });
  const reviewer = connect(access, { connections: 4, timeoutMs: 5_000 });
  const namespace = options.leaderElectionNamespace ?? access.namespace ?? "default";
  const election = options.leaderElect
    ? {
        client: voter,
        namespace,
        name: options.leaderElectionId ?? `headgate-${settings.instance}`,
      }
    : undefined;
  try {
    const parts = { endpointPolicies: options.endpointPolicies, pipelines: options.pipelines };
    const running = operator({
      client,
      settings,
      parts,
      log,
      metricsAddress,
      probeAddress,
      election,
      views: viewsAddress && {
        address: viewsAddress,
        reviewer,
        namespace,
        name: options.viewsName,
        server: viewsServer,
        certificateFolder: options.viewsCertificate,
        pod: ownPod(),
      },
      watchReadTimeoutMs,
    });
    void running.ports.metrics?.then((metricsPort) => {
      log.info({ metricsPort }, "serving metrics");
    }, ignored);
    await running.run(interrupted());
  } finally {
    await Promise.all([client.close(), voter.close(), reviewer.close()]);
  }
}

/** What the chart tells a pod of itself. */
function ownPod(): { readonly name: string; readonly address: string } | undefined {
  const { POD_NAME: name, POD_IP: address } = process.env;
  return name && address ? { name, address } : undefined;
}

/** A server that can't listen ends the operator's run, which says why. */
function ignored(): void {
  return undefined;
}
