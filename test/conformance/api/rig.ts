import type { Endpoint } from "./exchange.ts";

/** A server without controllers: nobody writes to it but the cases. */
export interface ApiRig {
  readonly name: string;
  open(): Promise<{ readonly endpoint: Endpoint; close(): Promise<void> }>;
  /** Whether its answers are those that the others are held to. */
  readonly model: boolean;
}
