import { Command } from "commander";

import { checkCommand } from "./check.ts";
import { kubeconfigCommand } from "./kubeconfig.ts";
import { rbacCommand } from "./rbac.ts";
import { runCommand } from "./run.ts";
import { testCommand } from "./test.ts";
import { visualizeCommand } from "./visualize.ts";

/** `headgate pipeline`: what an author of pipelines needs before there is a cluster, and a way to their views once there is one. */
export function pipelineCommand(): Command {
  const command = new Command("pipeline").description("try, check, draw and test pipelines, without a cluster");
  for (const one of [runCommand, checkCommand, rbacCommand, visualizeCommand, testCommand, kubeconfigCommand])
    command.addCommand(one().exitOverride());
  return command;
}
