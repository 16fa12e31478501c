import { groupOf, OpError, operatorApiVersion, resourceTypes } from "@headgate/api";
import type { Json, KubeObject } from "@headgate/api";
import { findKind, listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { parseOperator, Pipelines } from "@headgate/pipeline";

import { eventsOf } from "../pipeline/objects.ts";
import { clusterClient } from "./cluster-options.ts";
import type { ObjectOptions } from "./object-source.ts";

/** The pipelines of Operators, computed once, and what kept them from knowing all. */
export interface ExplainedPipelines {
  readonly pipelines: Pipelines;
  /** A line for each kind that could not be read. */
  readonly notes: readonly string[];
}

const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

/** The pipelines of the Operators among the objects, or of those in the cluster when no files are named. */
export async function explainedPipelines(
  options: ObjectOptions,
  objects: readonly KubeObject[],
): Promise<ExplainedPipelines> {
  if (options.filename !== undefined) {
    const pipelines = pipelinesOf(objects.filter(isOperator));
    pipelines.apply(
      objects.flatMap((object) => eventsOf(pipelines, object, false)),
      now(),
    );
    return { pipelines, notes: [] };
  }
  const { client } = await clusterClient(options);
  try {
    return await inCluster(client);
  } finally {
    await client.close();
  }
}

function isOperator({ apiVersion, kind }: KubeObject): boolean {
  return kind === "Operator" && groupOf(apiVersion) === groupOf(operatorApiVersion);
}

/** Faulty controllers are left out: their Operator's status tells of them. */
function pipelinesOf(operators: readonly KubeObject[]): Pipelines {
  const controllers = operators.flatMap(
    ({ metadata, spec }) => parseOperator(metadata.name, (spec ?? null) as Json).controllers,
  );
  return new Pipelines(controllers, { now: now() });
}

async function inCluster(client: Client): Promise<ExplainedPipelines> {
  const notes: string[] = [];
  const trying = async (what: string, list: () => Promise<readonly KubeObject[]>): Promise<readonly KubeObject[]> => {
    try {
      return await list();
    } catch (error) {
      if (!(error instanceof OpError)) throw error;
      // Where there is no such kind there are no pipelines: that is nothing to tell of.
      if (error.code !== "NOT_FOUND") notes.push(`note: ${what} cannot be read: ${error.message}`);
      return [];
    }
  };
  const pipelines = pipelinesOf(
    await trying("Operators", async () => (await listAll(client, resourceTypes.Operator)).items),
  );
  for (const { id, resource, namespace } of pipelines.feeds) {
    if (resource.view) continue;
    const objects = await trying(resource.kind, async () => {
      const { type } = await findKind(client, resource);
      return (await listAll(client, type, namespace === undefined || !type.namespaced ? {} : { namespace })).items;
    });
    pipelines.relist(id, objects, now());
  }
  return { pipelines, notes };
}
