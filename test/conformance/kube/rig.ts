import type { Access } from "@headgate/kube";

/** An API server that a suite may fill and empty as it likes. */
export interface RigServer {
  readonly access: Access;
  /** Makes the server forget the events so far. */
  forgetHistory(): Promise<void>;
  /** Kills the server, breaking all connections, and starts it again at the same address with what it had stored. */
  restart(): Promise<void>;
  /** Of the namespaces that the laws make. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Thrown by what a server can't be made to do: the law is skipped, and says why. */
export class Unable extends Error {
  override readonly name = "Unable";
}

/** One kind of API server. A law in `knownGaps` must fail on it: when it holds, the entry goes. */
export interface Rig {
  readonly name: string;
  open(): Promise<RigServer>;
  readonly knownGaps?: readonly string[];
}
