import type { Command } from "commander";

import { bareName } from "../../pipeline/operator-file.ts";

export interface OperatorOptions {
  readonly filename?: readonly string[];
  readonly operator: string;
}

const collect = (one: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), one];

/** Adds `-f`, which says where the operators are, and the name of one that is written as a bare spec. */
export function withOperatorOptions(command: Command): Command {
  return command
    .requiredOption(
      "-f, --filename <path>",
      "file with Operators or a bare spec; a folder, or - for standard input (repeatable)",
      collect,
    )
    .option("--operator <name>", "name of an operator that is written as a bare spec", bareName);
}

/** An option that may be given several times. */
export function withPaths(command: Command, flags: string, description: string): Command {
  return command.option(flags, `${description} (repeatable)`, collect);
}
