import { Command, CommanderError } from "commander";

import { explainCommand } from "./commands/explain.ts";
import { localCommand } from "./commands/local.ts";
import { operatorCommand } from "./commands/operator.ts";
import { pipelineCommand } from "./commands/pipeline/index.ts";
import { proxyCommand } from "./commands/proxy.ts";
import { renderCommand } from "./commands/render.ts";
import { statusCommand } from "./commands/status.ts";
import { failureLines } from "./failure-lines.ts";
import { UsageError } from "./usage-error.ts";

const program = new Command("headgate")
  .description("Every endpoint of an application on Kubernetes gets its own route and its own scale.")
  .showHelpAfterError("(run with --help to see the options)")
  .exitOverride();

for (const command of [
  localCommand,
  operatorCommand,
  proxyCommand,
  renderCommand,
  statusCommand,
  explainCommand,
  pipelineCommand,
]) {
  program.addCommand(command().exitOverride());
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else {
    process.stderr.write(`${failureLines(error).join("\n")}\n`);
    process.exitCode = 1;
  }
}
