import { resolve } from "node:path";

import { Command, Option } from "commander";

import { interrupted } from "../interrupt.ts";
import { demos } from "../local/demo.ts";
import type { DemoName } from "../local/demo.ts";
import type { GatewayName } from "../local/kubernetes/index.ts";
import type { runLocal } from "../local/run-local.ts";
import { UsageError } from "../usage-error.ts";
import { podRouteSettings, withPodRouteOptions } from "./pod-route-options.ts";
import type { PodRouteOptions } from "./pod-route-options.ts";
import { wholeNumber } from "./whole-number.ts";

interface Options extends PodRouteOptions {
  readonly port: string;
  readonly kubeconfig: string;
  readonly logFile: string;
  readonly images?: string;
  readonly processes: boolean;
  readonly demo?: DemoName;
  readonly addressing?: "direct" | "mapped";
  readonly gatewayPortOffset?: string;
  readonly controlPlane: "embedded" | "kubernetes";
  readonly gateway?: GatewayName;
}

/** `headgate local`: a cluster on this machine with operator and gateway, for development and a first try. */
export function localCommand(): Command {
  const command = new Command("local")
    .description("run a cluster on this machine with operator and gateway, until Ctrl-C")
    .addOption(
      new Option(
        "--control-plane <which>",
        "embedded needs only Node; kubernetes is the real one, of which it builds what is missing (Linux, Go)",
      )
        .choices(["embedded", "kubernetes"])
        .default("embedded"),
    )
    .addOption(
      new Option(
        "--gateway <which>",
        "what serves Gateways: Contour with Envoy (kubernetes only, and its default), or Headgate's own proxy",
      ).choices(["contour", "headgate"]),
    )
    .option("--port <port>", "port of the API server; 0 for any free one", "0")
    .option("--kubeconfig <file>", "where the kubeconfig is written", ".headgate/kubeconfig")
    .option("--log-file <file>", "where operator and gateway log", ".headgate/log")
    .option("--images <file>", "maps images to commands; any other image runs the sample echo app")
    .option("--no-processes", "only say that pods run, without a process for each")
    .addOption(
      new Option(
        "--addressing <how>",
        "pods of the embedded cluster at addresses of their own (direct: Linux), or at ports of 127.0.0.1 (mapped); default: what the machine allows",
      ).choices(["direct", "mapped"]),
    )
    .addOption(new Option("--demo <name>", "apply an example's manifests at the start").choices(Object.keys(demos)))
    .option(
      "--gateway-port-offset <number>",
      "added to Gateway ports below 1024 (default: the first of 8000, 18000, 28000 that leaves port 80 free)",
    );
  return withPodRouteOptions(command).action(run);
}

async function run(options: Options): Promise<void> {
  const { images, demo, addressing, gatewayPortOffset, processes } = options;
  const kubernetes = controlPlane(options);
  const chosen = {
    ...(kubernetes !== undefined && { kubernetes }),
    port: wholeNumber("--port", options.port, 65_535),
    kubeconfig: resolve(options.kubeconfig),
    logFile: resolve(options.logFile),
    processes,
    settings: podRouteSettings(options),
    ...(images !== undefined && { images: resolve(images) }),
    ...(demo !== undefined && { demo }),
    ...(addressing !== undefined && { addressing }),
    ...(gatewayPortOffset !== undefined && {
      portOffset: wholeNumber("--gateway-port-offset", gatewayPortOffset, 64_511),
    }),
  };
  const cluster = await embeddedCluster();
  await cluster.runLocal(chosen, process.stdout, interrupted());
}

/** Undefined for the embedded one. Throws UsageError for options that are of no use beside it. */
function controlPlane({ controlPlane, gateway, addressing }: Options): { readonly gateway: GatewayName } | undefined {
  if (controlPlane === "kubernetes") {
    if (addressing !== undefined) {
      throw new UsageError(
        "error: --addressing is for the embedded cluster; beside --control-plane kubernetes each pod has an address of its own",
      );
    }
    return { gateway: gateway ?? "contour" };
  }
  if (gateway === "contour")
    throw new UsageError("error: --gateway contour needs a real API server: add --control-plane kubernetes");
  return undefined;
}

/** Loaded only when asked for: the container image leaves the embedded cluster out, and no other command needs it. */
async function embeddedCluster(): Promise<{ readonly runLocal: typeof runLocal }> {
  try {
    return await import("../local/run-local.ts");
  } catch (error) {
    if (!isMissing("@headgate/local", error)) throw error;
    throw new UsageError(
      "error: the embedded cluster (@headgate/local) is not part of this installation; run headgate local from a clone",
    );
  }
}

function isMissing(name: string, error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "ERR_MODULE_NOT_FOUND" &&
    error.message.includes(`'${name}'`)
  );
}
