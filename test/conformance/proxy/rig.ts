import type { KubeObject } from "@headgate/api";

/** A data plane under test, on a cluster of its own. */
export interface Rig {
  readonly name: string;
  readonly open: () => Promise<OpenRig>;
  /** Names of checks that this rig is known to fail; one that passes is an error. */
  readonly knownGaps?: readonly string[];
}

export interface OpenRig {
  /** Creates or replaces objects; resolves when the data plane serves them. */
  apply(objects: readonly KubeObject[]): Promise<void>;
  remove(objects: readonly KubeObject[]): Promise<void>;
  /** Where the listeners of a port are reached. */
  where(port: number): { readonly host: string; readonly port: number };
  close(): Promise<void>;
}
