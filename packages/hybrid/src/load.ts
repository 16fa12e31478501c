import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "@headgate/kube";
import type { Clock } from "@headgate/kube";
import { Pipelines, readOperators } from "@headgate/pipeline";
import type { Controller, Resource } from "@headgate/pipeline";

import { hybridPipelines, timeOf } from "./pipelines.ts";
import type { HybridPipelines } from "./pipelines.ts";
import { SpecError } from "./spec-error.ts";
import type { SpecProblem } from "./spec-error.ts";

export interface LoadOptions {
  /** The name of the operator of a bare spec (`controllers: […]`); default `operator`. */
  readonly operator?: string;
  readonly clock?: Clock;
}

/**
 * Reads operators from YAML files: `Operator` objects or bare specs. All that are loaded at once share their views.
 * Throws a SpecError that names each fault with its file and its place; makes no other I/O than reading.
 */
export async function loadPipelines(
  files: string | URL | readonly (string | URL)[],
  options: LoadOptions = {},
): Promise<HybridPipelines> {
  const list = typeof files === "string" || files instanceof URL ? [files] : files;
  const texts = list.map(async (file) => {
    const path = file instanceof URL ? fileURLToPath(file) : file;
    return { file: path, text: await readFile(file, "utf8") };
  });
  return compiled(await Promise.all(texts), options);
}

/** The same of a text. */
export function parsePipelines(text: string, options: LoadOptions = {}): HybridPipelines {
  return compiled([{ file: undefined, text }], options);
}

/** Why a program writes no objects of the cluster, and what to do instead. */
function clusterTarget({ kind }: Resource): string {
  const instead = `leave out apiGroup and write ${kind} in a reconciler of that view, or let headgate operator run it as an Operator`;
  return `a program has views for targets, as it has no Operator to remember what it wrote: ${instead}`;
}

interface Text {
  readonly file: string | undefined;
  readonly text: string;
}

function compiled(texts: readonly Text[], { operator, clock = systemClock }: LoadOptions): HybridPipelines {
  const controllers: Controller[] = [];
  const problems: SpecProblem[] = [];
  for (const { file, text } of texts) {
    const read = readOperators(text, operator);
    const found = [...read.problems, ...read.faulty.flatMap((one) => one.problems)];
    for (const { at, message } of found) problems.push({ file, at, message });
    if (found.length === 0 && read.controllers.length === 0) problems.push({ file, at: "", message: "no operator" });
    for (const controller of read.controllers) {
      const { id, at, target } = controller;
      if (!target.resource.view) problems.push({ file, at: `${at}.target`, message: clusterTarget(target.resource) });
      if (controllers.some((other) => other.id === id))
        problems.push({ file, at, message: `there is another controller ${id}` });
      controllers.push(controller);
    }
  }
  if (problems.length > 0) throw new SpecError(problems);
  const pipelines = new Pipelines(controllers, { now: timeOf(clock), random: () => clock.random() });
  return hybridPipelines(pipelines, clock);
}
