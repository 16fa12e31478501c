/** The life of one container: pull, start, probe, restart, stop. */
import type { Clock } from "../client/clock.ts";
import { pause } from "../client/clock.ts";
import type { Container, ContainerState, ContainerStatus, Handler, TerminatedState } from "../client/kinds.ts";
import { timestamp } from "../client/object.ts";
import { act, type ActionContext } from "./action.ts";
import { type BackOff, nextDelay, restartDelay } from "./back-off.ts";
import { containerLog, type ContainerLog } from "./container-log.ts";
import { ConfigError, type Launch } from "./environment.ts";
import type { Exit, Process, Processes } from "./processes.ts";
import { startContainerProbes } from "./container-probes.ts";

export interface ContainerSpec {
  readonly container: Container;
  readonly restartPolicy: string;
  /** Of the pod; how long a failed liveness probe gives the process to end. */
  readonly graceSeconds: number;
  /** What the container was before this runner, if there was anything. */
  readonly previously: ContainerStatus | undefined;
  readonly clock: Clock;
  readonly crashBackOff: BackOff;
  readonly pullBackOff: BackOff;
  readonly processes: Processes;
  readonly reach: ActionContext["reach"];
  /** Rejects with {@link PullError} or {@link ConfigError}. */
  readonly prepare: () => Promise<Launch>;
  readonly onChange: () => void;
  readonly onEvent: (type: "Normal" | "Warning", reason: string, message: string) => void;
}

export class PullError extends Error {
  override readonly name = "PullError";
}

/** The first process of a container; those that it starts are in its process group, or descend from it. */
export interface RunningProcess {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export interface RunningContainer {
  status(): ContainerStatus;
  log(previous: boolean): ContainerLog | undefined;
  /** Undefined while none runs. */
  process(): RunningProcess | undefined;
  /** Resolves when the container has started, as its startup probe sees it. */
  readonly started: Promise<void>;
  /** Resolves when it will not run any more. */
  readonly ended: Promise<void>;
  /** preStop, SIGTERM, and SIGKILL at the end of the grace; may be called again with a shorter one. */
  stop(graceSeconds: number): void;
}

export function runContainer(spec: ContainerSpec): RunningContainer {
  const { container, clock, onChange, onEvent, previously } = spec;
  const stopping = new AbortController();
  const started = Promise.withResolvers<undefined>();
  const logs: { current: ContainerLog | undefined; previous: ContainerLog | undefined } = {
    current: undefined,
    previous: undefined,
  };
  let killing: Killing | undefined;
  let graceSeconds = spec.graceSeconds;
  let current: { process: Process; context: ActionContext; from: number } | undefined;
  let state: ContainerState = { waiting: { reason: "ContainerCreating" } };
  let lastState: ContainerState = lastStateOf(previously, clock.now());
  let restartCount =
    previously?.state.waiting !== undefined ? previously.restartCount : (previously?.restartCount ?? -1) + 1;
  let containerID: string | undefined;
  let health = { started: false, ready: false };

  const change = (next: ContainerState): void => {
    state = next;
    if (next.running === undefined) health = { started: false, ready: false };
    onChange();
  };
  const isStopping = (): boolean => stopping.signal.aborted;

  /** Waits out pull and configuration failures; undefined when told to stop. */
  const prepare = async (): Promise<Launch | undefined> => {
    let delayMs = 0;
    while (!isStopping()) {
      try {
        const launch = await spec.prepare();
        onEvent("Normal", "Pulled", `Container image "${container.image ?? ""}" is present on this machine`);
        return launch;
      } catch (error) {
        if (!(error instanceof PullError || error instanceof ConfigError)) throw error;
        const { message } = error;
        const pulling = error instanceof PullError;
        const reason = pulling ? "ErrImagePull" : "CreateContainerConfigError";
        onEvent(
          "Warning",
          "Failed",
          pulling ? `Failed to pull image "${container.image ?? ""}": ${message}` : `Error: ${message}`,
        );
        change({ waiting: { reason, message } });
        delayMs = nextDelay(spec.pullBackOff, delayMs);
        if (pulling) {
          const text = `Back-off pulling image "${container.image ?? ""}": ${message}`;
          onEvent("Normal", "BackOff", text);
          change({ waiting: { reason: "ImagePullBackOff", message: text } });
        }
        await pause(clock, delayMs, stopping.signal);
      }
    }
    return undefined;
  };

  const runOnce = async (launch: Launch): Promise<TerminatedState> => {
    const from = clock.now();
    const startedAt = timestamp(from);
    let child: Process;
    try {
      child = await spec.processes.start(launch);
    } catch (error) {
      const message = `failed to start "${launch.command}": ${error instanceof Error ? error.message : String(error)}`;
      onEvent("Warning", "Failed", `Error: ${message}`);
      return { exitCode: 128, reason: "StartError", message, startedAt, finishedAt: timestamp(clock.now()) };
    }
    containerID = `process://${child.pid}`;
    logs.previous = logs.current ?? logs.previous;
    logs.current = containerLog(() => clock.now());
    logs.current.capture(child.stdout);
    logs.current.capture(child.stderr);
    const context: ActionContext = { container, launch, reach: spec.reach, processes: spec.processes, clock };
    current = { process: child, context, from };
    onEvent("Normal", "Started", `Started container ${container.name}`);
    change({ running: { startedAt } });
    if (isStopping()) kill(graceSeconds, true);
    const probes = startContainerProbes({
      container,
      context,
      startedNow: postStart(context).then(() => undefined),
      onEvent,
      onHealth(next) {
        health = next;
        if (next.started) started.resolve(undefined);
        onChange();
      },
      onUnhealthy(grace) {
        kill(grace ?? spec.graceSeconds, true);
      },
      isStopping,
    });
    const exit = await child.exited;
    probes.stop();
    killing?.end();
    killing = undefined;
    current = undefined;
    logs.current.end();
    return terminated(exit, { startedAt, finishedAt: timestamp(clock.now()), containerID });
  };

  const postStart = async (context: ActionContext): Promise<void> => {
    const hook = container.lifecycle?.postStart;
    if (hook === undefined) return;
    const outcome = await act(hook, context, stopping.signal);
    if (outcome.ok || isStopping()) return;
    onEvent("Warning", "FailedPostStartHook", `PostStartHook failed: ${outcome.message}`);
    kill(spec.graceSeconds, false);
  };

  const kill = (seconds: number, withHook: boolean): void => {
    if (current === undefined) return;
    if (killing !== undefined) {
      killing.shorten(seconds);
      return;
    }
    onEvent("Normal", "Killing", `Stopping container ${container.name}`);
    const hook = withHook ? container.lifecycle?.preStop : undefined;
    killing = startKilling({ ...current, hook, seconds, clock, onEvent });
  };

  const run = async (): Promise<void> => {
    let delayMs: number | undefined;
    for (;;) {
      const launch = await prepare();
      if (launch === undefined) return;
      const from = clock.now();
      const end = await runOnce(launch);
      change({ terminated: end });
      const again = spec.restartPolicy === "Always" || (spec.restartPolicy === "OnFailure" && end.exitCode !== 0);
      if (isStopping() || !again) return;
      delayMs = restartDelay(spec.crashBackOff, delayMs, clock.now() - from);
      lastState = { terminated: end };
      if (delayMs > 0) {
        const message = `back-off ${delayMs / 1000}s restarting failed container=${container.name}`;
        onEvent("Warning", "BackOff", `Back-off restarting failed container ${container.name}`);
        change({ waiting: { reason: "CrashLoopBackOff", message } });
        await pause(clock, delayMs, stopping.signal);
        if (isStopping()) {
          change({ terminated: end });
          return;
        }
      }
      restartCount += 1;
    }
  };
  const ended = run();
  void ended.then(() => {
    started.resolve(undefined);
  });

  return {
    status: () => ({
      name: container.name,
      image: container.image ?? "",
      imageID: state.waiting === undefined ? (container.image ?? "") : "",
      ...(containerID === undefined ? {} : { containerID }),
      ready: health.ready,
      started: health.started,
      restartCount,
      state,
      lastState,
    }),
    log: (previous) => (previous ? logs.previous : logs.current),
    process: () => (current === undefined ? undefined : { pid: current.process.pid, startedAt: current.from }),
    started: started.promise,
    ended,
    stop(seconds) {
      graceSeconds = seconds;
      stopping.abort();
      kill(seconds, true);
    },
  };
}

interface Killing {
  shorten(seconds: number): void;
  end(): void;
}

function startKilling(task: {
  readonly process: Process;
  readonly context: ActionContext;
  readonly hook: Handler | undefined;
  readonly seconds: number;
  readonly clock: Clock;
  readonly onEvent: ContainerSpec["onEvent"];
}): Killing {
  const { process: child, context, hook, clock, onEvent } = task;
  const over = new AbortController();
  let deadline = Number.POSITIVE_INFINITY;
  let cancel = (): void => undefined;
  const shorten = (seconds: number): void => {
    const at = clock.now() + seconds * 1000;
    if (at >= deadline) return;
    deadline = at;
    cancel();
    cancel = clock.after(seconds * 1000, () => {
      over.abort();
      child.kill();
    });
  };
  const begin = async (): Promise<void> => {
    if (hook !== undefined) {
      const outcome = await act(hook, context, over.signal);
      if (!outcome.ok && !over.signal.aborted)
        onEvent("Warning", "FailedPreStopHook", `PreStopHook failed: ${outcome.message}`);
    }
    if (!over.signal.aborted) child.terminate();
  };
  shorten(task.seconds);
  void begin();
  return {
    shorten,
    end() {
      over.abort();
      cancel();
    },
  };
}

function terminated(
  exit: Exit,
  times: { startedAt: string; finishedAt: string; containerID: string },
): TerminatedState {
  return { ...exit, reason: exit.exitCode === 0 ? "Completed" : "Error", ...times };
}

/** A container that an earlier runner ran is no longer there. */
function lastStateOf(previously: ContainerStatus | undefined, now: number): ContainerState {
  if (previously === undefined) return {};
  const { state, lastState } = previously;
  if (state.terminated !== undefined) return { terminated: state.terminated };
  if (state.running === undefined) return lastState;
  const { startedAt } = state.running;
  const end = { exitCode: 255, reason: "Unknown", finishedAt: timestamp(now) };
  return { terminated: startedAt === undefined ? end : { ...end, startedAt } };
}
