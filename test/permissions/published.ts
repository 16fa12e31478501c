import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubeObject } from "@headgate/api";
import { OpError } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { vi } from "vitest";
import { parse } from "yaml";

import { folderOf } from "../rigs/kubernetes/published-kinds.ts";
import type { PublishedKinds } from "../rigs/kubernetes/published-kinds.ts";

export { gatewayApi, serviceMonitors } from "../rigs/kubernetes/published-kinds.ts";

interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Defines kinds in a cluster, unless they are there, and waits until they are served. */
export async function define(client: Client, { module, files }: PublishedKinds): Promise<void> {
  const folder = await folderOf(module);
  for (const file of files) {
    const definition = parse(await readFile(join(folder, file), "utf8")) as Definition;
    await client.create(definition).catch((error: unknown) => {
      if (!(error instanceof OpError) || error.code !== "ALREADY_EXISTS") throw error;
    });
    const { group, names, versions } = definition.spec;
    for (const { name: version, served } of versions)
      if (served) {
        const path = `/apis/${group}/${version}/${names.plural}?limit=1`;
        await vi.waitFor(() => client.request({ method: "GET", path }), { timeout: 60_000, interval: 50 });
      }
  }
}
