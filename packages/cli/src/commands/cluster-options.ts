import type { Command } from "commander";

import { connect, defaultAccess } from "@headgate/kube";
import type { Access, Client } from "@headgate/kube";
import { OpError } from "@headgate/api";

import { UsageError } from "../usage-error.ts";

export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Adds the options that say which cluster. */
export function withClusterOptions(command: Command): Command {
  return command
    .option(
      "--kubeconfig <file>",
      "kubeconfig file; otherwise KUBECONFIG, the pod's service account, or ~/.kube/config",
    )
    .option("--context <name>", "context of the kubeconfig");
}

/** A client for the cluster that the options name. */
export async function clusterClient(
  options: ClusterOptions,
): Promise<{ readonly access: Access; readonly client: Client }> {
  try {
    const access = await defaultAccess(options);
    return { access, client: connect(access) };
  } catch (error) {
    if (error instanceof OpError) throw new UsageError(`error: ${error.detail}`);
    throw error;
  }
}
