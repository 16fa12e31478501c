import { listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import type { KubeObject } from "@headgate/api";
import type { Pipeline } from "@headgate/operator";

/** Every object in the cluster that the pipeline reads, as it is now. Throws OpError. */
export async function snapshot(client: Client, { sources }: Pipeline): Promise<readonly KubeObject[]> {
  const lists = await Promise.all(
    sources.map(async ({ selection: { type, ...where } }) => (await listAll(client, type, where)).items),
  );
  return lists.flat();
}
