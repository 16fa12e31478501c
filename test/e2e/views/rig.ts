import type { Access } from "@headgate/kube";

/** A cluster whose API server can be taken away. */
export interface ViewsRig {
  readonly name: string;
  readonly open: () => Promise<ViewsCluster>;
}

export interface ViewsCluster {
  /** Of an administrator. */
  readonly access: Access;
  /** The same, as YAML text. */
  readonly kubeconfig: string;
  readonly stopApiServer: () => Promise<void>;
  readonly startApiServer: () => Promise<void>;
  readonly close: () => Promise<void>;
}
