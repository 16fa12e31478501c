import type { Clock } from "../client/clock.ts";
import type { Container, ContainerStatus, Pod } from "../client/kinds.ts";
import { timestamp } from "../client/object.ts";
import type { BackOff } from "./back-off.ts";
import { PullError, runContainer, type RunningContainer } from "./container.ts";
import { containerEnv, conventionalEnv, launchOf, type PodPlace, type ReadData } from "./environment.ts";
import { type Images, ruleFor } from "./images.ts";
import type { Place } from "./places.ts";
import { podStatus } from "./pod-status.ts";
import type { PodWorker } from "./pod-worker.ts";
import type { Processes } from "./processes.ts";

export interface NodeFacts {
  readonly nodeName: string;
  readonly hostIP: string;
  readonly images: Images;
  readonly clock: Clock;
  readonly crashBackOff: BackOff;
  readonly pullBackOff: BackOff;
  readonly processes: Processes;
  /** The variables of this machine that every process gets. */
  readonly machineEnv: Readonly<Record<string, string>>;
  /** The program for an image that no rule knows. */
  readonly fallback: readonly string[];
}

export interface PodHooks {
  readonly read: ReadData;
  readonly onChange: () => void;
  readonly onEvent: (note: { type: "Normal" | "Warning"; reason: string; message: string; fieldPath: string }) => void;
}

const defaultGraceSeconds = 30;

/** A pod whose containers are processes. Init containers run one after the other, then the containers side by side. */
export function processPod(pod: Pod, place: Place, node: NodeFacts, hooks: PodHooks): PodWorker {
  const { clock } = node;
  const { spec, status } = pod;
  const startTime = status?.startTime ?? timestamp(clock.now());
  const policy = spec.restartPolicy ?? "Always";
  const initSpecs = spec.initContainers ?? [];
  const running = new Map<string, RunningContainer>();
  let initialized = initSpecs.length === 0;
  let ended = false;
  let stopping: number | undefined;

  const podPlace: PodPlace = { ...place, hostIP: node.hostIP, nodeName: node.nodeName };
  const start = (container: Container, restartPolicy: string, field: string): RunningContainer => {
    const known = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const started = runContainer({
      ...node,
      container,
      restartPolicy,
      graceSeconds: spec.terminationGracePeriodSeconds ?? defaultGraceSeconds,
      previously: known.find(({ name }) => name === container.name),
      reach: place.listen,
      async prepare() {
        const rule = await readRule(node.images, container.image ?? "");
        if (rule?.pullError !== undefined) throw new PullError(rule.pullError);
        const base = { ...node.machineEnv, ...conventionalEnv(pod, container, podPlace), ...rule?.env };
        const env = await containerEnv(pod, container, { place: podPlace, base, read: hooks.read });
        return launchOf(container, rule, { env, fallback: node.fallback });
      },
      onChange: hooks.onChange,
      onEvent(type, reason, message) {
        hooks.onEvent({ type, reason, message, fieldPath: `spec.${field}{${container.name}}` });
      },
    });
    running.set(container.name, started);
    if (stopping !== undefined) started.stop(stopping);
    return started;
  };
  const isSidecar = (container: Container): boolean => container.restartPolicy === "Always";
  const exitOf = (name: string): number | undefined => running.get(name)?.status().state.terminated?.exitCode;

  /** Whether all init containers have come to a good end. */
  const runInit = async (): Promise<boolean> => {
    for (const container of initSpecs) {
      const started = start(
        container,
        isSidecar(container) ? "Always" : policy === "Never" ? "Never" : "OnFailure",
        "initContainers",
      );
      await (isSidecar(container) ? started.started : started.ended);
      if (stopping !== undefined) return false;
      if (!isSidecar(container) && exitOf(container.name) !== 0) return false;
    }
    return true;
  };
  const run = async (): Promise<void> => {
    const ready = await runInit();
    if (ready) {
      initialized = true;
      hooks.onChange();
      await Promise.all(spec.containers.map((container) => start(container, policy, "containers").ended));
    }
    const sidecars = initSpecs.filter(isSidecar).flatMap(({ name }) => running.get(name) ?? []);
    for (const sidecar of sidecars) sidecar.stop(stopping ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds);
    await Promise.all(sidecars.map((sidecar) => sidecar.ended));
    ended = true;
    hooks.onChange();
  };
  for (const { name, path } of missingMounts(pod)) {
    const message = `volumes are not offered by this node: there is nothing at ${path}`;
    hooks.onEvent({ type: "Warning", reason: "FailedMount", message, fieldPath: `spec.containers{${name}}` });
  }
  void run();

  const statusOf = (container: Container): ContainerStatus =>
    running.get(container.name)?.status() ?? waiting(container, initialized ? "ContainerCreating" : "PodInitializing");
  return {
    place,
    status: (newest) =>
      podStatus({
        pod: newest,
        podIPs: place.podIPs,
        hostIP: node.hostIP,
        startTime,
        init: initSpecs.map((container) => {
          const said = statusOf(container);
          // An init container counts as ready once it is through.
          return isSidecar(container) ? said : { ...said, ready: said.state.terminated?.exitCode === 0 };
        }),
        containers: spec.containers.map(statusOf),
        initialized,
        ended,
        now: clock.now(),
      }),
    stop(graceSeconds) {
      stopping = Math.min(stopping ?? graceSeconds, graceSeconds);
      for (const container of running.values()) container.stop(stopping);
    },
    hasEnded: () => ended,
    processes: () =>
      [...running].flatMap(([container, started]) => {
        const runs = started.process();
        return runs === undefined ? [] : [{ container, ...runs }];
      }),
    log(name, previous) {
      const named = `"${name}" in pod "${pod.metadata.name}"`;
      const exists = [...spec.containers, ...initSpecs].some((container) => container.name === name);
      if (!exists) return { status: 404, message: `container ${named} not found` };
      const log = running.get(name)?.log(previous);
      if (log !== undefined) return log;
      const message = previous
        ? `previous terminated container ${named} not found`
        : `container ${named} is waiting to start`;
      return { status: 400, message };
    },
  };
}

/** Every API server adds the mount of the service account; nobody asked for it. */
function missingMounts({ spec }: Pod): { name: string; path: string }[] {
  return spec.containers.flatMap(({ name, volumeMounts = [] }) =>
    volumeMounts
      .filter(({ mountPath }) => !mountPath.startsWith("/var/run/secrets/kubernetes.io/"))
      .map(({ mountPath }) => ({ name, path: mountPath })),
  );
}

function waiting({ name, image = "" }: Container, reason: string): ContainerStatus {
  const state = { waiting: { reason } };
  return { name, image, imageID: "", ready: false, started: false, restartCount: 0, state, lastState: {} };
}

/** A file of rules that cannot be read is a pull that cannot be made: it shows on the pod and is tried again. */
async function readRule(images: Images, image: string): Promise<Awaited<ReturnType<typeof ruleFor>>> {
  try {
    return await ruleFor(images, image);
  } catch (error) {
    throw new PullError(error instanceof Error ? error.message : String(error));
  }
}
