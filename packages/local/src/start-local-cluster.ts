import type { ClusterAccess } from "./client/api.ts";
import { startControllers } from "./controllers/index.ts";
import { type Runner, type RunnerOptions, startRunner } from "./runner/index.ts";
import { type ApiServerOptions, startApiServer, type Storage } from "./server/index.ts";

export interface LocalClusterOptions {
  /** Where the API server listens; 0, the default, is any free port. */
  readonly port?: number;
  /** Of an earlier cluster, to go on from. */
  readonly storage?: Storage;
  readonly server?: Omit<ApiServerOptions, "port" | "storage">;
  /** The one node and its pods. False: a cluster without a node. */
  readonly runner?: Omit<RunnerOptions, "onError"> | false;
  /** Told of what failed in controllers or runner and will be tried again. */
  readonly onError?: (error: unknown, about: string) => void;
}

export interface LocalCluster {
  readonly url: string;
  /** A kubeconfig for this cluster, as YAML text. */
  readonly kubeconfig: string;
  readonly access: ClusterAccess;
  readonly storage: Storage;
  /** Where a connection to an address and port of a pod must go. */
  readonly reach: Runner["reach"];
  /** Ends everything that the cluster has started, its pods' processes included. */
  close(): Promise<void>;
}

/** An API server, the controllers and a node, in this process. Returns when the node is ready. */
export async function startLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const { port = 0, storage, onError } = options;
  const server = await startApiServer({ ...options.server, port, ...(storage === undefined ? {} : { storage }) });
  const access: ClusterAccess = { server: server.url };
  const told = onError === undefined ? {} : { onError };
  const running: { close(): Promise<void> }[] = [server];
  const close = async (): Promise<void> => {
    for (const part of running.splice(0).reverse()) await part.close();
  };
  try {
    running.push(await startControllers(access, told));
    const runner = options.runner === false ? undefined : await startRunner(access, { ...options.runner, ...told });
    if (runner !== undefined) running.push(runner);
    return {
      url: server.url,
      kubeconfig: server.kubeconfig(),
      access,
      storage: server.storage,
      reach: runner?.reach ?? ((host, target) => ({ host, port: target })),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
