import type { Access } from "@headgate/kube";

/** A cluster whose API server can be taken away. */
export interface ViewsRig {
  readonly name: string;
  readonly open: () => Promise<ViewsCluster>;
}

export interface ViewsCluster {
  /** Of an administrator. */
  readonly access: Access;
  /** What the operator runs with. */
  readonly operatorAccess: Access;
  /** Where its Service is to lead. */
  readonly pod: { readonly name: string; readonly address: string };
  /** The same as the first, as YAML text. */
  readonly kubeconfig: string;
  readonly stopApiServer: () => Promise<void>;
  readonly startApiServer: () => Promise<void>;
  readonly close: () => Promise<void>;
}
