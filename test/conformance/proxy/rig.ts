import type { KubeObject } from "@headgate/api";

/** A data plane under test, on a cluster of its own. */
export interface Rig {
  readonly name: string;
  readonly open: () => Promise<OpenRig>;
  /** Checks that this rig is known to fail, each with the reason; one that passes is an error. */
  readonly knownGaps?: Readonly<Record<string, string>>;
}

export interface OpenRig {
  /** The suite's own address: its backends listen there, its clients come from there. An endpoint at `127.0.0.1` means this. */
  readonly ownHost: string;
  /** Creates or replaces objects; resolves when the data plane serves them. Objects with an older timestamp are older. */
  apply(objects: readonly KubeObject[]): Promise<void>;
  /** What goes is no longer served when the next `apply` resolves. */
  remove(objects: readonly KubeObject[]): Promise<void>;
  /** Where the listeners of a port are reached. */
  where(port: number): { readonly host: string; readonly port: number };
  close(): Promise<void>;
}
