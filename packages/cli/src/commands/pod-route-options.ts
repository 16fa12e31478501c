import type { Command } from "commander";

import { defaultPodRouteSettings, parsePodRouteSettings } from "@headgate/api";
import type { PodRouteSettings } from "@headgate/api";

import { UsageError } from "../usage-error.ts";

export interface PodRouteOptions {
  readonly gatewayName: string;
  readonly podPort: string;
  readonly servicePort: string;
  readonly watchNamespace: string;
  readonly instance: string;
}

/** Adds the flags of the pod-route controller, with the original operator's names and defaults. */
export function withPodRouteOptions(command: Command): Command {
  const { gatewayName, podPort, servicePort, watchNamespace, instance } = defaultPodRouteSettings;
  return command
    .option("--gateway-name <name>", "Gateway, in each pod's namespace, that routes attach to", gatewayName)
    .option("--pod-port <port>", "port that pods listen on, where no annotation says otherwise", String(podPort))
    .option("--service-port <port>", "port of the Services that are made", String(servicePort))
    .option("--watch-namespace <namespace>", "the only namespace to serve (default: all)", watchNamespace)
    .option("--instance <name>", "tells this operator's objects from those of another one in the cluster", instance);
}

/** The settings that the flags say. Throws a UsageError that names every flag at fault. */
export function podRouteSettings(options: PodRouteOptions): PodRouteSettings {
  const parsed = parsePodRouteSettings({
    gatewayName: options.gatewayName,
    podPort: wholeNumber(options.podPort),
    servicePort: wholeNumber(options.servicePort),
    watchNamespace: options.watchNamespace,
    instance: options.instance,
  });
  if (parsed.ok) return parsed.value;
  throw new UsageError(parsed.refusals.map(({ message }) => `error: ${message}`).join("\n"));
}

/** The number that a flag says; anything else stays text, which the parser then refuses by name. */
function wholeNumber(text: string): number | string {
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
}
