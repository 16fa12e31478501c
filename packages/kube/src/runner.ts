/** Something long-lived. Making one does no I/O; `run` returns when the signal aborts and its resources are released. */
export interface Runner {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Runs all until the signal aborts. The first runner to end, well or badly, stops the others.
 *
 * Throws an AggregateError that keeps every failure as the cause of an error naming its runner; a runner that ends
 * without having been asked to is such a failure.
 */
export async function supervise(runners: readonly Runner[], signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const forward = (): void => {
    stop.abort(signal.reason);
  };
  signal.addEventListener("abort", forward, { once: true });
  if (signal.aborted) forward();
  const ends = await Promise.allSettled(
    runners.map(async (runner) => {
      try {
        await runner.run(stop.signal);
        if (!stop.signal.aborted) throw new Error("it ended by itself");
      } catch (cause) {
        throw new Error(`runner ${runner.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      } finally {
        stop.abort();
      }
    }),
  );
  signal.removeEventListener("abort", forward);
  const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, "stopped because a runner failed");
}
