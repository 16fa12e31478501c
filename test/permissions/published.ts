import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { KubeObject } from "@headgate/api";
import { OpError } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { vi } from "vitest";
import { parse } from "yaml";

/** Definitions of kinds as their project publishes them, in a Go module. */
export interface PublishedKinds {
  /** `PATH@VERSION` */
  readonly module: string;
  /** Of the module. */
  readonly files: readonly string[];
}

/** The version is that of the rig's gateway. */
export const gatewayApi: PublishedKinds = {
  module: "sigs.k8s.io/gateway-api@v1.3.0",
  files: ["gatewayclasses", "gateways", "grpcroutes", "httproutes", "grpcroutes", "referencegrants"].map(
    (plural) => `config/crd/standard/gateway.networking.k8s.io_${plural}.yaml`,
  ),
};

export const serviceMonitors: PublishedKinds = {
  module: "github.com/prometheus-operator/prometheus-operator@v0.92.0",
  files: ["example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml"],
};

interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Defines kinds in a cluster, unless they are there, and waits until they are served. Needs Go, which fetches them. */
export async function define(client: Client, { module, files }: PublishedKinds): Promise<void> {
  const options = { cwd: homedir(), env: { ...process.env, GOFLAGS: "" }, maxBuffer: 2 ** 24 };
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", module], options);
  const { Dir: folder } = JSON.parse(stdout) as { Dir: string };
  for (const file of files) {
    const definition = parse(await readFile(join(folder, file), "utf8")) as Definition;
    await client.create(definition).catch((error: unknown) => {
      if (!(error instanceof OpError) || error.code !== "ALREADY_EXISTS") throw error;
    });
    const { group, names, versions } = definition.spec;
    for (const { name: version, served } of versions)
      if (served) {
        const path = `/apis/${group}/${version}/${names.plural}?limit=1`;
        await vi.waitFor(() => client.request({ method: "GET", path }), { timeout: 20_000, interval: 50 });
      }
  }
}
