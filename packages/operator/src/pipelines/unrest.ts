import type { Clock } from "@headgate/kube";

/** A row that a circle of controllers changes more often than this within the window is written once a window. */
const limit = 20;
const windowMs = 10_000;

/** Rows that controllers, feeding each other through the cluster, change again and again: they are held for a while. */
export interface RestingRows {
  /** Notes a change of a row; whether the row is held, and so not to be written now. */
  hold(change: RowChange): boolean;
  /** Who is held up, and why. */
  readonly texts: () => readonly (readonly [string, string])[];
}

export interface RowChange {
  readonly controller: string;
  readonly key: string;
  /** The controllers that feed each other. */
  readonly circle: readonly string[];
  /** Other than coming and going. */
  readonly isChange: boolean;
}

export interface RestingRowsOptions {
  readonly clock: Pick<Clock, "elapsed" | "after">;
  readonly onRest: () => void;
  /** The row may be written again, as it is by then. */
  readonly onRested: (controller: string, key: string) => void;
}

/** No rows rest yet. What has been quiet for the window is forgotten. */
export function restingRows({ clock, onRest, onRested }: RestingRowsOptions): RestingRows {
  const times = new Map<string, number[]>();
  const resting = new Map<string, readonly [string, string]>();
  let sweptAt = clock.elapsed();

  const isRestless = (at: string): boolean => {
    const now = clock.elapsed();
    if (now - sweptAt > windowMs) {
      sweptAt = now;
      for (const [one, of] of times) if (now - (of.at(-1) ?? 0) > windowMs) times.delete(one);
    }
    const recent = [...(times.get(at) ?? []).filter((time) => now - time <= windowMs), now].slice(-limit - 1);
    times.set(at, recent);
    return recent.length > limit;
  };
  return {
    hold: ({ controller, key, circle, isChange }) => {
      const at = `${controller} ${key}`;
      if (resting.has(at)) return true;
      if (!isChange || !isRestless(at)) return false;
      const often = `more than ${String(limit)} times within ${String(windowMs / 1000)} s`;
      const path = [...circle, circle[0]].join(" → ");
      const text = `${key} changed ${often}, and is written that seldom now: controllers feed each other through the cluster: ${path}`;
      resting.set(at, [controller, text]);
      clock.after(windowMs, () => {
        resting.delete(at);
        onRested(controller, key);
      });
      onRest();
      return true;
    },
    texts: () => [...resting.values()],
  };
}
