import type { Client } from "@headgate/kube";

import type { Writes } from "../cluster/api-server.ts";

/** An API server with nobody on it but whom the bench lets in. */
export interface BenchCluster {
  readonly client: Client;
  /** The path of a kubeconfig file. */
  readonly kubeconfig: string;
  /** Requests that write, so far, by what is written; those of the bench itself are left out. */
  writes(): Promise<Writes>;
  /** CPU seconds of the API server and its store since they started; undefined where they are in the bench's own process. */
  readonly cpu: (() => Promise<number>) | undefined;
  /** Has the server forget its history, so that every watch must list anew. */
  restart(): Promise<void>;
  close(): Promise<void>;
}
