import type { Api } from "../client/api.ts";
import type { Clock } from "../client/clock.ts";
import type { EventRecorder } from "../client/events.ts";
import type { Informers } from "./informers.ts";

/** What every controller is given. */
export interface ControllerContext {
  readonly api: Api;
  readonly informers: Informers;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly onError: (error: unknown, about: string) => void;
}

export interface Controller {
  close(): Promise<void>;
}

export type StartController = (context: ControllerContext) => Controller;
