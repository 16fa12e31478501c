import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { promisify } from "node:util";

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

/** Fetches what the suites define while there is a way out, which there is not in the rig's own network. Needs Go. */
export async function fetchPublished(): Promise<void> {
  for (const { module } of [gatewayApi, serviceMonitors]) await folderOf(module);
}

/** Of a Go module, which is fetched when it is not there yet. */
export async function folderOf(module: string): Promise<string> {
  const options = { cwd: homedir(), env: { ...process.env, GOFLAGS: "" }, maxBuffer: 2 ** 24 };
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", module], options);
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}
