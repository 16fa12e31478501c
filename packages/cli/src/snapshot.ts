import { listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import type { KubeObject } from "@headgate/api";
import { servedSources } from "@headgate/operator";
import type { Pipeline } from "@headgate/operator";

/** What a pipeline is to be loaded with. */
export interface Snapshot {
  readonly objects: readonly KubeObject[];
  /** Those of the pipeline's sources that there are. */
  readonly sources: Pipeline["sources"];
}

/** Every object in the cluster that the pipeline reads, as it is now. Throws OpError. */
export async function snapshot(client: Client, pipeline: Pipeline): Promise<Snapshot> {
  const { sources } = await servedSources(client, pipeline.sources);
  const lists = await Promise.all(
    sources.map(async ({ selection: { type, ...where } }) => (await listAll(client, type, where)).items),
  );
  return { objects: lists.flat(), sources };
}
