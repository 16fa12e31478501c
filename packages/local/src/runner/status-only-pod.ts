import type { Container, ContainerStatus, Pod } from "../client/kinds.ts";
import { timestamp } from "../client/object.ts";
import type { Place } from "./places.ts";
import { podStatus } from "./pod-status.ts";
import type { PodWorker } from "./pod-worker.ts";

/** A pod without processes: running and ready at once, gone at once. */
export function statusOnlyPod(pod: Pod, place: Place, node: { hostIP: string; now: () => number }): PodWorker {
  const startTime = pod.status?.startTime ?? timestamp(node.now());
  let stopped = false;
  const containers = pod.spec.containers.map((container) => said(container, { running: { startedAt: startTime } }));
  const done = { exitCode: 0, reason: "Completed", startedAt: startTime, finishedAt: startTime };
  const init = (pod.spec.initContainers ?? []).map((container) => said(container, { terminated: done }));
  return {
    place,
    status: (newest) =>
      podStatus({
        pod: newest,
        podIPs: place.podIPs,
        hostIP: node.hostIP,
        startTime,
        init,
        containers,
        initialized: true,
        ended: false,
        now: node.now(),
      }),
    stop() {
      stopped = true;
    },
    hasEnded: () => stopped,
    processes: () => [],
    log: () => ({ status: 400, message: "this node runs no processes, so there are no logs" }),
  };
}

function said(container: Container, state: ContainerStatus["state"]): ContainerStatus {
  const { name, image = "" } = container;
  return { name, image, imageID: image, ready: true, started: true, restartCount: 0, state, lastState: {} };
}
