import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { KubeObject } from "@headgate/api";
import { resourceTypes } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { vi } from "vitest";
import { parse } from "yaml";

/** Gateway API's definitions as published, standard channel; the version is that of the rig's gateway. */
const published = "sigs.k8s.io/gateway-api@v1.3.0";

/** Defines Gateway API's kinds in a cluster that has none of them, and waits until they are served. Needs Go, which fetches them. */
export async function installGatewayApi(client: Client): Promise<void> {
  const options = { cwd: homedir(), env: { ...process.env, GOFLAGS: "" } };
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", published], options);
  const folder = join((JSON.parse(stdout) as { Dir: string }).Dir, "config/crd/standard");
  for (const file of (await readdir(folder)).filter((name) => name.includes("networking.k8s.io_"))) {
    const definition = parse(await readFile(join(folder, file), "utf8")) as KubeObject;
    await client.apply(definition, { manager: "test", force: true });
  }
  const { GatewayClass, Gateway, HTTPRoute, ReferenceGrant } = resourceTypes;
  for (const type of [GatewayClass, Gateway, HTTPRoute, ReferenceGrant])
    await vi.waitFor(() => client.list(type), { timeout: 20_000, interval: 50 });
}
