import { Command } from "commander";

import { load, pipeline } from "@headgate/operator";

import { statusLines } from "../status-lines.ts";
import { withClusterOptions } from "./cluster-options.ts";
import { objectsFrom, withFileOption } from "./object-source.ts";
import type { ObjectOptions } from "./object-source.ts";
import { podRouteSettings, withPodRouteOptions } from "./pod-route-options.ts";
import type { PodRouteOptions } from "./pod-route-options.ts";

/** `headgate status`: what is routed, what is missing, and what was refused; exit code 1 when something was refused. */
export function statusCommand(): Command {
  const command = new Command("status").description(
    "show what is routed, what is still to be done, and what was refused",
  );
  withPodRouteOptions(withClusterOptions(withFileOption(command)));
  return command.action(run);
}

async function run(options: ObjectOptions & PodRouteOptions): Promise<void> {
  const decided = pipeline(podRouteSettings(options), { endpointPolicies: true });
  const { objects, sources } = await objectsFrom(options, decided);
  load({ ...decided, sources }, objects);
  process.stdout.write(`${statusLines(decided).join("\n")}\n`);
  if (decided.refusals.size > 0) process.exitCode = 1;
}
