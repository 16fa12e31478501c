import { type ClusterAccess, connectApi, hasStatus } from "../client/api.ts";
import { type Clock, pause, systemClock } from "../client/clock.ts";
import { eventRecorder } from "../client/events.ts";
import type { ControllerContext } from "./context.ts";
import { startDeployments } from "./deployment/controller.ts";
import { startEndpointSlices } from "./endpoint-slice/controller.ts";
import { startGarbageCollection } from "./garbage/controller.ts";
import { informers } from "./informers.ts";
import { followKinds } from "./kinds-served.ts";
import { startNamespaces } from "./namespace/controller.ts";
import { startReplicaSets } from "./replica-set/controller.ts";
import { startScheduler } from "./scheduler/controller.ts";

const closeWithinMs = 2000;

export interface ControllersOptions {
  readonly clock?: Clock;
  /** Told of what failed and will be tried again. Without it nothing is said. */
  readonly onError?: (error: unknown, about: string) => void;
}

export interface Controllers {
  close(): Promise<void>;
}

/**
 * The controllers of a real control plane that a small cluster needs: Deployments, ReplicaSets, EndpointSlices,
 * scheduling, garbage collection, namespace deletion. Returns when their caches are filled.
 */
export async function startControllers(access: ClusterAccess, options: ControllersOptions = {}): Promise<Controllers> {
  const { clock = systemClock } = options;
  const onError = (error: unknown, about: string): void => {
    // The cache was behind: what is newer is on its way, and with it the next try.
    if (!hasStatus(error, 404, 409)) options.onError?.(error, about);
  };
  const api = connectApi(access);
  const shared = informers(api, {
    clock,
    onError: (error) => {
      onError(error, "Watch");
    },
  });
  const events = eventRecorder(api, {
    component: "local-controllers",
    clock,
    onError: (error) => {
      onError(error, "Event");
    },
  });
  const context: ControllerContext = { api, informers: shared, clock, events, onError };
  const kinds = followKinds(context);
  const started = [
    kinds,
    startNamespaces(context, kinds),
    startGarbageCollection(context, kinds),
    ...[startDeployments, startReplicaSets, startEndpointSlices, startScheduler].map((start) => start(context)),
  ];
  await kinds.synced;
  return {
    async close() {
      const ended = Promise.all(started.map((controller) => controller.close())).then(() => events.close());
      await shared.close();
      // What a server that no longer answers would hold up is dropped.
      await Promise.race([ended, pause(systemClock, closeWithinMs, AbortSignal.timeout(closeWithinMs))]);
      await api.close();
      await ended;
    },
  };
}
