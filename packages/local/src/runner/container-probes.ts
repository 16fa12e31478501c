import type { Container, Probe } from "../client/kinds.ts";
import { act, type ActionContext } from "./action.ts";
import { type Outcome, type ProbeState, startProbe } from "./probe.ts";

export interface Health {
  readonly started: boolean;
  readonly ready: boolean;
}

export interface ProbesSpec {
  readonly container: Container;
  readonly context: ActionContext;
  /** Resolves when the post-start hook is through. */
  readonly startedNow: Promise<void>;
  readonly onHealth: (health: Health) => void;
  /** The startup or the liveness probe has failed; with the probe's own grace in seconds, if it has one. */
  readonly onUnhealthy: (graceSeconds: number | undefined) => void;
  readonly onEvent: (type: "Normal" | "Warning", reason: string, message: string) => void;
  /** The pod is going: only readiness is still of interest. */
  readonly isStopping: () => boolean;
}

/** Startup first; when it has passed, liveness and readiness. A probe that is not there counts as passed. */
export function startContainerProbes(spec: ProbesSpec): { stop(): void } {
  const { container, context, onEvent } = spec;
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const stops = new Set<() => void>();
  let stopped = false;
  let health: Health = { started: false, ready: false };
  const setHealth = (next: Health): void => {
    if (next.started === health.started && next.ready === health.ready) return;
    health = next;
    spec.onHealth(next);
  };
  const begin = (
    probe: Probe,
    kind: { name: string; initially: boolean },
    told: (state: ProbeState, stop: () => void) => void,
  ): void => {
    const stop = startProbe({
      probe,
      initially: kind.initially,
      clock: context.clock,
      ask: (signal) => ask(probe, context, signal),
      onOutcome(outcome, state) {
        if (!outcome.ok) onEvent("Warning", "Unhealthy", `${kind.name} probe failed: ${outcome.message}`);
        told(state, stop);
      },
    });
    stops.add(stop);
  };
  const failed = (probe: Probe, name: string, stop: () => void): void => {
    if (spec.isStopping()) return;
    stop();
    onEvent("Normal", "Killing", `Container ${container.name} failed ${name} probe, will be restarted`);
    spec.onUnhealthy(probe.terminationGracePeriodSeconds);
  };
  const watchHealth = (): void => {
    setHealth({ started: true, ready: readinessProbe === undefined });
    if (readinessProbe !== undefined) {
      begin(readinessProbe, { name: "Readiness", initially: false }, (state) => {
        setHealth({ started: true, ready: state.passing });
      });
    }
    if (livenessProbe !== undefined) {
      begin(livenessProbe, { name: "Liveness", initially: true }, (state, stop) => {
        if (!state.passing) failed(livenessProbe, "liveness", stop);
      });
    }
  };
  const run = async (): Promise<void> => {
    await spec.startedNow;
    if (stopped) return;
    if (startupProbe === undefined) {
      watchHealth();
      return;
    }
    begin(startupProbe, { name: "Startup", initially: true }, (state, stop) => {
      if (state.last === true && state.passing) {
        stop();
        watchHealth();
      } else if (!state.passing) failed(startupProbe, "startup", stop);
    });
  };
  void run();
  return {
    stop() {
      stopped = true;
      for (const stop of stops) stop();
    },
  };
}

function ask(probe: Probe, context: ActionContext, signal: AbortSignal): Promise<Outcome> {
  const timeout = AbortSignal.timeout((probe.timeoutSeconds ?? 1) * 1000);
  return act(probe, context, AbortSignal.any([signal, timeout]));
}
