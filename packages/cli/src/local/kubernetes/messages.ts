/** What passes between `headgate local` and its cluster in the other network namespace. */
import type { ContourPrograms, ControlPlanePrograms, Images } from "@headgate/local";

/** What serves Gateways: Contour with Envoy, or Headgate's own proxy. */
export type GatewayName = "contour" | "headgate";

/** An argument of the program inside, as JSON. */
export interface Order {
  /** For data, secrets, logs and the socket; nobody else reads it. */
  readonly folder: string;
  readonly socket: string;
  readonly programs: ControlPlanePrograms;
  readonly images?: Images;
  readonly processes: boolean;
  /** Without programs of Contour it is Headgate's proxy. */
  readonly contour?: {
    readonly programs: ContourPrograms;
    /** The one Gateway that it serves. */
    readonly gateway: { readonly namespace: string; readonly name: string };
  };
}

/** Each a line of JSON on the standard output of the program inside. */
export type Message =
  | {
      readonly kind: "ready";
      readonly access: { readonly server: string; readonly ca: string; readonly token: string };
      /** Where a listener of a Gateway is: at this address, at its port plus this. */
      readonly listeners: { readonly host: string; readonly portOffset: number };
    }
  | { readonly kind: "warning"; readonly about: string; readonly error: string }
  /** The last one. */
  | { readonly kind: "failed"; readonly error: string };
