import type { Pod, PodStatus } from "../client/kinds.ts";
import type { RunningProcess } from "./container.ts";
import type { ContainerLog } from "./container-log.ts";
import type { Place } from "./places.ts";

/** One pod on this node. */
export interface PodWorker {
  readonly place: Place;
  /** What the pod's status should say, given the newest version of the object. */
  status(pod: Pod): PodStatus;
  /** Ends the pod; may be called again with a shorter grace. */
  stop(graceSeconds: number): void;
  /** No container runs, nor will. */
  hasEnded(): boolean;
  log(container: string, previous: boolean): ContainerLog | NoLog;
  /** Of its containers that run. */
  processes(): readonly ContainerProcess[];
}

export interface ContainerProcess extends RunningProcess {
  readonly container: string;
}

/** Why there is no log, with the HTTP status that a kubelet says it with. */
export interface NoLog {
  readonly status: 400 | 404;
  readonly message: string;
}
