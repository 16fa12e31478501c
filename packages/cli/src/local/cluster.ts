import type { Access, Client, Runner } from "@headgate/kube";

/** A cluster that `headgate local` has started, as the rest of the command sees it. */
export interface Cluster {
  /** What kind it is, in a line. */
  readonly title: string;
  readonly url: string;
  /** As YAML text, for whoever sits at this machine. */
  readonly kubeconfig: string;
  readonly access: Access;
  /** The address of its gateway, for the person. */
  readonly gateway: string;
  /** What its gateway is, and where its ports are. */
  readonly gatewayNote: string;
  /** Where else to look: a name and a place. */
  readonly places: Readonly<Record<string, string>>;
  /** What must run beside the operator for the cluster and its gateway to work. */
  runners(client: Client): readonly Runner[];
  /** Ends everything that was started. */
  close(): Promise<void>;
}

/** Where the person reaches all that listens. */
export const host = "127.0.0.1";
