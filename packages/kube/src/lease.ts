import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { OpError, resourceTypes } from "@headgate/api";
import { isAborted, untilAborted } from "./abort.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import { pause, systemClock } from "./clock.ts";
import type { Runner } from "./runner.ts";

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Unique among candidates: two that share it are both leader. */
  readonly identity: string;
  /** How long the others wait after the last renewal that they saw; default 15,000 ms. */
  readonly durationMs?: number;
  /** How long the leader leads on without a successful renewal; default 10,000 ms. Must be shorter than the duration. */
  readonly renewDeadlineMs?: number;
  /** From one attempt to the next, to get it or to renew it; default 2,000 ms. */
  readonly retryMs?: number;
  /**
   * What a leader does. Must end soon when its signal aborts: leadership is lost by then, or about to be released.
   *
   * `check` goes by the clock, not by a timer, and throws the signal's reason when leadership is over. A process that stood still
   * for a while finds its timers late and its sockets full: whoever asks just before each write (see `fenced`) sends at most the one
   * as a leader of the past that had passed its check when the process was stopped.
   */
  readonly lead: (signal: AbortSignal, check: () => void) => Promise<void>;
  readonly onHolder?: (identity: string | undefined) => void;
  readonly onError?: (error: OpError) => void;
  readonly clock?: Clock;
}

export interface Lease extends Runner {
  readonly leading: boolean;
  /** Who holds the lease as far as we saw last. */
  readonly holder: string | undefined;
}

/** One time of leading. */
interface Term {
  /** When the last renewal that succeeded was sent. */
  renewedAt: number;
}

/** The spec of a coordination.k8s.io/v1 Lease. */
interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/**
 * Leads while it holds a Lease, as one of many candidates.
 *
 * Clocks of other machines are never read: a lease has expired when we saw it unchanged for its whole duration, on our own
 * steady clock. A leader that could not renew stops leading well before others may begin. `run` ends when the signal aborts,
 * after `lead` has ended and the lease was released; it throws what `lead` throws, and an Error when `lead` ends unasked.
 * After a loss it stands again.
 */
export function lease(client: Client, options: LeaseOptions): Lease {
  const { namespace, name, identity, clock = systemClock } = options;
  const { durationMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2_000 } = options;
  if (!(retryMs < renewDeadlineMs && renewDeadlineMs < durationMs)) {
    throw new Error("a lease needs retryMs < renewDeadlineMs < durationMs");
  }
  const { apiVersion, kind } = resourceTypes.Lease;
  const ref: ObjectRef = { apiVersion, kind, namespace, name };
  let seen: { readonly object: KubeObject; readonly at: number } | undefined;
  let holder: string | undefined;
  let leading = false;

  const see = (object: KubeObject): void => {
    const same = seen !== undefined && isDeepStrictEqual(seen.object.spec, object.spec);
    const at = same && seen !== undefined ? seen.at : clock.elapsed();
    seen = { object, at };
    const now = specOf(object).holderIdentity;
    const named = now === "" ? undefined : now;
    if (named === holder) return;
    holder = named;
    options.onHolder?.(named);
  };
  const wanted = (before: LeaseSpec): LeaseSpec => {
    const now = microTime(clock.now());
    const mine = before.holderIdentity === identity;
    const firstHolder = (before.holderIdentity ?? "") === "" && before.leaseTransitions === undefined;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      acquireTime: mine && before.acquireTime !== undefined ? before.acquireTime : now,
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (mine || firstHolder ? 0 : 1),
    };
  };
  const write = async (object: KubeObject, spec: LeaseSpec, signal: AbortSignal): Promise<void> => {
    see(await client.replace({ ...object, spec }, { manager: "headgate/lease", signal }));
  };
  /** Whether someone else may still be leading. */
  const isTaken = (): boolean => {
    if (seen === undefined) return false;
    const { holderIdentity = "", leaseDurationSeconds } = specOf(seen.object);
    if (holderIdentity === "" || holderIdentity === identity) return false;
    const theirs = leaseDurationSeconds === undefined ? durationMs : leaseDurationSeconds * 1000;
    return clock.elapsed() < seen.at + theirs;
  };
  /** Gets or renews the lease if it is free or ours. Throws OpError; CONFLICT when someone was faster. */
  const tryToHold = async (signal: AbortSignal): Promise<boolean> => {
    if (leading && seen !== undefined) {
      // What we wrote last is most likely still there; if not, the version that we send makes this a conflict.
      try {
        await write(seen.object, wanted(specOf(seen.object)), signal);
        return true;
      } catch (error) {
        if (!(error instanceof OpError) || error.code !== "CONFLICT") throw error;
      }
    }
    try {
      see(await client.get(ref, { signal }));
    } catch (error) {
      if (!(error instanceof OpError) || error.code !== "NOT_FOUND") throw error;
      const fresh: KubeObject = { apiVersion, kind, metadata: { namespace, name }, spec: wanted({}) };
      see(await client.create(fresh, { manager: "headgate/lease", signal }));
      return true;
    }
    if (seen === undefined || isTaken()) return false;
    await write(seen.object, wanted(specOf(seen.object)), signal);
    return true;
  };
  const attempt = async (signal: AbortSignal, withinMs: number): Promise<boolean> => {
    const late = new AbortController();
    const cancel = clock.after(withinMs, () => {
      late.abort(new OpError("TIMEOUT", `lease ${namespace}/${name}: no answer within ${Math.round(withinMs)} ms`));
    });
    try {
      return await tryToHold(AbortSignal.any([signal, late.signal]));
    } catch (error) {
      if (isAborted(signal)) return false;
      if (!(error instanceof OpError)) throw error;
      options.onError?.(error);
      return false;
    } finally {
      cancel();
    }
  };

  /** Renews until the deadline passes without success, someone else holds the lease, or the signal aborts. */
  const keep = async (signal: AbortSignal, term: Term): Promise<void> => {
    const left = (): number => Math.max(0, term.renewedAt + renewDeadlineMs - clock.elapsed());
    let startedAt = clock.elapsed();
    while (!isAborted(signal)) {
      // From one attempt to the next: after one that was given up there is no time to lose.
      await pause(clock, Math.min(Math.max(0, startedAt + retryMs - clock.elapsed()), left()), signal);
      if (isAborted(signal) || left() === 0) return;
      startedAt = clock.elapsed();
      // An answer that comes after the deadline is too late to rely on; and one connection that went dead must not be the end.
      const held = await attempt(signal, Math.min(left(), renewDeadlineMs / 2));
      // Counted from before the request: others may have seen it take effect as early as that.
      if (held) term.renewedAt = startedAt;
      if (holder !== identity) return;
    }
  };
  const leadOnce = async (signal: AbortSignal, since: number): Promise<void> => {
    const lost = new AbortController();
    const term: Term = { renewedAt: since };
    const both = AbortSignal.any([signal, lost.signal]);
    const check = (): void => {
      if (clock.elapsed() >= term.renewedAt + renewDeadlineMs) lost.abort();
      both.throwIfAborted();
    };
    leading = true;
    const work = options.lead(both, check).then(() => {
      if (!lost.signal.aborted && !isAborted(signal)) throw new Error("what the leader does ended by itself");
    });
    const renewals = new AbortController();
    const keeping = keep(AbortSignal.any([signal, renewals.signal]), term);
    try {
      await Promise.race([keeping, work]);
    } finally {
      lost.abort();
      renewals.abort();
      try {
        await Promise.all([keeping, work]);
      } finally {
        await release();
        leading = false;
      }
    }
  };
  /** Lets the next one in at once. Best effort: without it they wait for the duration. */
  const release = async (): Promise<void> => {
    if (seen === undefined || holder !== identity) return;
    const late = new AbortController();
    const cancel = clock.after(renewDeadlineMs, () => {
      late.abort();
    });
    const { leaseTransitions = 0, acquireTime } = specOf(seen.object);
    const now = microTime(clock.now());
    const spec = { holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, leaseTransitions };
    try {
      await write(seen.object, { ...spec, acquireTime: acquireTime ?? now }, late.signal);
    } catch (error) {
      if (late.signal.aborted) return;
      if (!(error instanceof OpError)) throw error;
      // A conflict means that someone else holds it already, which is what a release is for.
      if (error.code !== "CONFLICT") options.onError?.(error);
    } finally {
      cancel();
    }
  };

  return {
    name: `lease ${namespace}/${name}`,
    get leading() {
      return leading;
    },
    get holder() {
      return holder;
    },
    run: async (signal) => {
      while (!isAborted(signal)) {
        const since = clock.elapsed();
        if (await attempt(signal, renewDeadlineMs)) await leadOnce(signal, since);
        // Jitter, so that candidates do not all ask at the same time.
        else await pause(clock, retryMs * (1 + clock.random() * 0.2), signal);
      }
      await untilAborted(signal);
    },
  };
}

function specOf(object: KubeObject): LeaseSpec {
  return object.spec ?? {};
}

/** RFC 3339 with microseconds, the only form that a Lease takes. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
