import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { OpError } from "@headgate/api";
import { systemClock } from "@headgate/kube";
import type { Clock } from "@headgate/kube";
import { Pipelines, readOperators } from "@headgate/pipeline";
import type { Controller } from "@headgate/pipeline";

import { hybridPipelines, timeOf } from "./pipelines.ts";
import type { HybridPipelines } from "./pipelines.ts";

export interface LoadOptions {
  /** The name of the operator of a bare spec (`controllers: […]`); default `operator`. */
  readonly operator?: string;
  readonly clock?: Clock;
}

/**
 * Reads operators from YAML files: `Operator` objects or bare specs. All that are loaded at once share their views.
 * Throws OpError INVALID that names each fault with its file and its place; makes no other I/O than reading.
 */
export async function loadPipelines(
  files: string | URL | readonly (string | URL)[],
  options: LoadOptions = {},
): Promise<HybridPipelines> {
  const list = typeof files === "string" || files instanceof URL ? [files] : files;
  const texts = list.map(async (file) => {
    const name = file instanceof URL ? fileURLToPath(file) : file;
    return { name, text: await readFile(file, "utf8") };
  });
  return compiled(await Promise.all(texts), options);
}

/** The same of a text. */
export function parsePipelines(text: string, options: LoadOptions = {}): HybridPipelines {
  return compiled([{ name: "", text }], options);
}

interface Text {
  readonly name: string;
  readonly text: string;
}

function compiled(texts: readonly Text[], { operator, clock = systemClock }: LoadOptions): HybridPipelines {
  const controllers: Controller[] = [];
  const faults: string[] = [];
  for (const { name, text } of texts) {
    const read = readOperators(text, operator);
    const problems = [...read.problems, ...read.faulty.flatMap((one) => one.problems)];
    for (const { at, message } of problems) faults.push(placed([name, at], message));
    if (problems.length === 0 && read.controllers.length === 0) faults.push(placed([name], "no operator found"));
    for (const { at, target } of read.controllers)
      if (!target.resource.view)
        faults.push(placed([name, `${at}.target`], "a program has views for targets; leave out apiGroup"));
    controllers.push(...read.controllers);
  }
  for (const [id, same] of Map.groupBy(controllers, (controller) => controller.id))
    if (same.length > 1) faults.push(`controller ${id} is there ${same.length} times`);
  if (faults.length > 0) throw new OpError("INVALID", faults.join("; "));
  const pipelines = new Pipelines(controllers, { now: timeOf(clock), random: () => clock.random() });
  const circles = pipelines.cycles.map((circle) => `${circle.controllers.join(" and ")} feed each other in a circle`);
  if (circles.length > 0) throw new OpError("INVALID", circles.join("; "));
  return hybridPipelines(pipelines, clock);
}

function placed(place: readonly string[], message: string): string {
  return [...place.filter((part) => part !== ""), message].join(": ");
}
