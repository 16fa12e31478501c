import { startRealApiServer } from "../cluster/api-server.ts";
import type { BenchCluster } from "./bench-cluster.ts";

/** What the bench and its stand-ins write, and the operator never does: it applies. */
const own = new Set([
  "POST endpointpolicies",
  "PATCH endpointpolicies",
  "PATCH deployments/status",
  "PATCH deployments/scale",
  "PATCH httproutes/status",
  "PATCH grpcroutes/status",
]);

/** etcd and kube-apiserver; what their writes are is what the API server counts. */
export async function realCluster(): Promise<BenchCluster> {
  const server = await startRealApiServer();
  const { client, kubeconfig } = server;
  return {
    client,
    kubeconfig,
    writes: async () => new Map([...(await server.writes())].filter(([what]) => !own.has(what))),
    cpu: () => server.cpu(),
    restart: () => server.restart(),
    close: () => server.close(),
  };
}
