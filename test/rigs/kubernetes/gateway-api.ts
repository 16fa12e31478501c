import { readFile } from "node:fs/promises";
import type { KubeObject } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { contourPrograms } from "@headgate/local";
import { vi } from "vitest";

/** What pod routes read and make; an operator waits for it. */
const plurals = ["gateways", "httproutes"];

/** Defines these kinds of Gateway API as the rig's own gateway comes with them, and waits until they are served. */
export async function defineGatewayApi(client: Client): Promise<void> {
  const { manifests } = await contourPrograms({ say: console.error });
  const objects = JSON.parse(await readFile(manifests, "utf8")) as readonly KubeObject[];
  const group = "gateway.networking.k8s.io";
  const wanted = objects.filter(({ metadata }) => plurals.some((plural) => metadata.name === `${plural}.${group}`));
  for (const definition of wanted) await client.create(definition);
  for (const plural of plurals) {
    const path = `/apis/${group}/v1/${plural}`;
    await vi.waitFor(() => client.request({ method: "GET", path }), { timeout: 90_000 });
  }
}
