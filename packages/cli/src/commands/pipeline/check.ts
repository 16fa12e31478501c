import { Command } from "commander";

import { findings } from "../../pipeline/check/findings.ts";
import { readSchemas } from "../../pipeline/check/schemas.ts";
import { readOperatorFiles } from "../../pipeline/operator-file.ts";
import { withOperatorOptions, withPaths } from "./options.ts";
import type { OperatorOptions } from "./options.ts";
import { say } from "./said.ts";
import type { Said } from "./said.ts";

/** The options of `headgate pipeline check`. */
export interface CheckOptions extends OperatorOptions {
  readonly schemas?: readonly string[];
  readonly strict: boolean;
}

/** `headgate pipeline check`: what is wrong before there is an object; exit code 1 when there are faults. */
export function checkCommand(): Command {
  const command = new Command("check").description("say what is wrong with pipelines before there are objects");
  withOperatorOptions(command);
  withPaths(command, "--schemas <path>", "CustomResourceDefinitions or OpenAPI documents of kinds that are written");
  return command.option("--strict", "exit with 1 for warnings too", false).action(async (options: CheckOptions) => {
    say(await checkPipelines(options));
  });
}

/** What `headgate pipeline check` says. Throws a UsageError for what cannot be read. */
export async function checkPipelines(options: CheckOptions): Promise<Said> {
  const schemas = await readSchemas(options.schemas ?? []);
  const operators = await readOperatorFiles(options.filename ?? [], options.operator);
  const found = findings(operators, schemas);
  const lines = [
    ...operators.unread.map((line) => `fault: ${line}`),
    ...found.map(({ level, operator, at, message }) => `${level}: ${operator.placeOf(at)}: ${at}: ${message}`),
  ];
  const warnings = found.filter(({ level }) => level === "warning").length;
  const faults = lines.length - warnings;
  const summary = `${counted(faults, "fault")}, ${counted(warnings, "warning")}`;
  return {
    out: `${[...lines, summary].join("\n")}\n`,
    err: [],
    code: faults > 0 || (options.strict && warnings > 0) ? 1 : 0,
  };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
