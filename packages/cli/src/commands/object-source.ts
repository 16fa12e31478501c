import type { Command } from "commander";

import { OpError } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import type { Pipeline } from "@headgate/operator";

import { ManifestError, readObjects, withStandIns } from "../render/index.ts";
import { snapshot } from "../snapshot.ts";
import type { Snapshot } from "../snapshot.ts";
import { UsageError } from "../usage-error.ts";
import { clusterClient } from "./cluster-options.ts";
import type { ClusterOptions } from "./cluster-options.ts";

export interface ObjectOptions extends ClusterOptions {
  readonly filename?: readonly string[];
}

/** Adds `-f`, which takes objects from files instead of a cluster. */
export function withFileOption(command: Command): Command {
  return command.option(
    "-f, --filename <path>",
    "take objects from a file, a folder or - for standard input (repeatable) instead of the cluster",
    (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
  );
}

/** The objects that the options name. Throws a UsageError that says what can't be read. */
export async function objectsFrom(options: ObjectOptions, pipeline: Pipeline): Promise<Snapshot> {
  if (options.filename !== undefined) return { objects: await fromFiles(options.filename), sources: pipeline.sources };
  const { client } = await clusterClient(options);
  try {
    return await snapshot(client, pipeline);
  } catch (error) {
    if (error instanceof OpError) throw new UsageError(`error: ${error.message}`);
    throw error;
  } finally {
    await client.close();
  }
}

/** What only a cluster gives is filled in, as `headgate render` does it. */
async function fromFiles(sources: readonly string[]): Promise<readonly KubeObject[]> {
  try {
    return (await readObjects(sources)).map(withStandIns);
  } catch (error) {
    if (error instanceof ManifestError) throw new UsageError(error.message);
    throw error;
  }
}
