/** When a probe counts as passed or failed, and the loop that asks. */
import type { Clock } from "../client/clock.ts";
import type { Probe } from "../client/kinds.ts";

export interface Outcome {
  readonly ok: boolean;
  readonly message: string;
}

export interface ProbeState {
  /** What the probe says now. */
  readonly passing: boolean;
  /** How often in a row the last outcome came. */
  readonly run: number;
  readonly last: boolean | undefined;
}

export interface Thresholds {
  readonly success: number;
  readonly failure: number;
}

export function thresholdsOf(probe: Probe): Thresholds {
  return { success: probe.successThreshold ?? 1, failure: probe.failureThreshold ?? 3 };
}

/** One more outcome. */
export function probeStep(state: ProbeState, ok: boolean, thresholds: Thresholds): ProbeState {
  const run = state.last === ok ? state.run + 1 : 1;
  const enough = run >= (ok ? thresholds.success : thresholds.failure);
  return { passing: enough ? ok : state.passing, run, last: ok };
}

export interface ProbeLoop {
  readonly probe: Probe;
  /** What the probe counts as before the first outcome. */
  readonly initially: boolean;
  readonly clock: Clock;
  /** Never rejects. */
  readonly ask: (signal: AbortSignal) => Promise<Outcome>;
  /** Told of each outcome, with the state after it. */
  readonly onOutcome: (outcome: Outcome, state: ProbeState) => void;
}

/** Asks after the initial delay and then at every period, until stopped. */
export function startProbe(loop: ProbeLoop): () => void {
  const { probe, clock, ask, onOutcome } = loop;
  const stopping = new AbortController();
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  let state: ProbeState = { passing: loop.initially, run: 0, last: undefined };
  let cancel = (): void => undefined;
  const next = (ms: number): void => {
    cancel = clock.after(ms, () => {
      void turn();
    });
  };
  const turn = async (): Promise<void> => {
    const started = clock.now();
    const outcome = await ask(stopping.signal);
    if (stopping.signal.aborted) return;
    state = probeStep(state, outcome.ok, thresholdsOf(probe));
    // Scheduled first: whoever is told may stop the loop.
    next(Math.max(0, started + periodMs - clock.now()));
    onOutcome(outcome, state);
  };
  next((probe.initialDelaySeconds ?? 0) * 1000);
  return () => {
    stopping.abort();
    cancel();
  };
}
