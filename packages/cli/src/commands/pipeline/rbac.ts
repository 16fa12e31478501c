import { Command } from "commander";

import { quote } from "@headgate/api";

import { documentsText } from "../../pipeline/documents.ts";
import { namedKinds } from "../../pipeline/named-kinds.ts";
import { readOperatorFiles, soundControllers } from "../../pipeline/operator-file.ts";
import { rbacObjects } from "../../pipeline/rbac.ts";
import { UsageError } from "../../usage-error.ts";
import { withOperatorOptions, withPaths } from "./options.ts";
import type { OperatorOptions } from "./options.ts";
import { say } from "./said.ts";
import type { Said } from "./said.ts";

/** The options of `headgate pipeline rbac`. */
export interface RbacOptions extends OperatorOptions {
  readonly name: string;
  readonly serviceAccount: string;
  readonly watchNamespace?: string;
  readonly crds?: readonly string[];
  readonly plural?: readonly string[];
}

/** `headgate pipeline rbac`: the permissions that pipelines take. */
export function rbacCommand(): Command {
  const command = new Command("rbac").description("print the roles and bindings that pipelines need, and no more");
  withOperatorOptions(command)
    .option("--name <name>", "name of the roles and bindings", "headgate-pipelines")
    .option("--service-account <account>", "who gets them, NAMESPACE/NAME", "headgate-system/headgate")
    .option("--watch-namespace <namespace>", "the only namespace that the operator serves (default: all)");
  withPaths(command, "--crds <path>", "CustomResourceDefinitions, for the names of their kinds");
  withPaths(command, "--plural <name>", "what the API server calls a kind: KIND.GROUP=PLURAL");
  return command.action(async (options: RbacOptions) => {
    say(await pipelineRbac(options));
  });
}

/** What `headgate pipeline rbac` says. Throws a UsageError for what cannot be read. */
export async function pipelineRbac(options: RbacOptions): Promise<Said> {
  const [namespace, name, ...rest] = options.serviceAccount.split("/");
  if (!namespace || !name || rest.length > 0)
    throw new UsageError(`error: --service-account: ${quote(options.serviceAccount)} must be NAMESPACE/NAME`);
  const kinds = await namedKinds(options.plural ?? [], options.crds ?? []);
  const controllers = soundControllers(await readOperatorFiles(options.filename ?? [], options.operator));
  const objects = rbacObjects(controllers, kinds, {
    name: options.name,
    serviceAccount: { namespace, name },
    watchNamespace: options.watchNamespace,
  });
  const nothing =
    objects.length === 0 ? ["note: these pipelines read and write views alone: they need no permission"] : [];
  return {
    out: documentsText(objects, "yaml"),
    err: [...nothing, ...kinds.guesses.map((guess) => `note: ${guess}`)],
    code: 0,
  };
}
