import { Command, Option } from "commander";

import { diagramOf } from "../../pipeline/diagram/diagram.ts";
import { dot } from "../../pipeline/diagram/dot.ts";
import { mermaid } from "../../pipeline/diagram/mermaid.ts";
import { svg } from "../../pipeline/diagram/svg.ts";
import { readOperatorFiles, soundControllers } from "../../pipeline/operator-file.ts";
import { withOperatorOptions } from "./options.ts";
import type { OperatorOptions } from "./options.ts";
import { say } from "./said.ts";
import type { Said } from "./said.ts";

/** The options of `headgate pipeline visualize`. */
export interface VisualizeOptions extends OperatorOptions {
  readonly output: keyof typeof formats;
}

const formats = { mermaid, dot, svg };

/** `headgate pipeline visualize`: controllers with their stages, between what they read and what they write. */
export function visualizeCommand(): Command {
  const command = new Command("visualize").description(
    "draw controllers, with their stages, sources, views and targets",
  );
  return withOperatorOptions(command)
    .addOption(
      new Option("-o, --output <format>", "format of the drawing").choices(Object.keys(formats)).default("mermaid"),
    )
    .action(async (options: VisualizeOptions) => {
      say(await visualizePipelines(options));
    });
}

/** What `headgate pipeline visualize` says. Throws a UsageError for what cannot be read, or has faults. */
export async function visualizePipelines(options: VisualizeOptions): Promise<Said> {
  const operators = await readOperatorFiles(options.filename ?? [], options.operator);
  soundControllers(operators);
  return { out: formats[options.output](diagramOf(operators)), err: [], code: 0 };
}
