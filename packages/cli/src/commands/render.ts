import { Command, Option } from "commander";

import { problemLine, readManifests, refusalLines, render, renderedText } from "../render/index.ts";
import { withFileOption } from "./object-source.ts";
import { podRouteSettings, withPodRouteOptions } from "./pod-route-options.ts";
import type { PodRouteOptions } from "./pod-route-options.ts";
import { UsageError } from "../usage-error.ts";

interface Options extends PodRouteOptions {
  readonly filename?: readonly string[];
  readonly output: "yaml" | "json";
}

/**
 * `headgate render`: manifests in, desired objects and status out, without a cluster. Exit code 1 when an object was refused
 * or a manifest can't be read; the reasons are on standard error.
 */
export function renderCommand(): Command {
  const command = new Command("render").description("say, without a cluster, what Headgate would make of manifests");
  withPodRouteOptions(withFileOption(command));
  return command
    .addOption(
      new Option("-o, --output <format>", "format of what is printed").choices(["yaml", "json"]).default("yaml"),
    )
    .action(run);
}

async function run({ filename, output, ...options }: Options): Promise<void> {
  if (filename === undefined)
    throw new UsageError("error: render needs -f with a file, a folder, or - for standard input");
  const podRoutes = podRouteSettings(options);
  const { objects, problems, placeOf } = await readManifests(filename);
  if (problems.length > 0) throw new UsageError(problems.map(problemLine).join("\n"));
  const rendered = render(objects, { podRoutes });
  process.stdout.write(renderedText(rendered, output));
  const said = [
    ...rendered.assumptions.map((line) => `note: ${line}`),
    ...rendered.notices.map(
      ({ about, reason, message }) => `warning: ${about.kind} ${about.name}: ${reason}: ${message}`,
    ),
    ...refusalLines(rendered, placeOf),
  ];
  if (said.length > 0) process.stderr.write(`${said.join("\n")}\n`);
  if (rendered.refusals.length > 0) process.exitCode = 1;
}
