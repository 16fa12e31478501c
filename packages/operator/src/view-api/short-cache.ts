import type { Clock } from "@headgate/kube";

import { ApiFailure } from "./failure.ts";

/** Answers that are kept for a moment. */
export interface ShortCache<V> {
  /** What is known, or what `ask` says; who asks at the same time shares one question, and a failed one is not kept. */
  get(key: string, ask: () => Promise<V>): Promise<V>;
}

export interface ShortCacheOptions {
  readonly clock: Pick<Clock, "elapsed">;
  /** How long an answer counts, in milliseconds. */
  readonly lifeMs: number;
  /** The most answers that are kept; the oldest go first. */
  readonly most: number;
  /** The most questions at a time: one more is a failure with 429. */
  readonly mostAsking: number;
}

export function shortCache<V>({ clock, lifeMs, most, mostAsking }: ShortCacheOptions): ShortCache<V> {
  const kept = new Map<string, { readonly at: number; readonly value: Promise<V> }>();
  let asking = 0;
  const begin = (key: string, ask: () => Promise<V>): Promise<V> => {
    asking += 1;
    const value = ask().finally(() => {
      asking -= 1;
    });
    const entry = { at: clock.elapsed(), value };
    // As the newest, wherever it was before.
    kept.delete(key);
    kept.set(key, entry);
    value.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    return value;
  };
  return {
    get: (key, ask) => {
      const known = kept.get(key);
      if (known !== undefined && clock.elapsed() - known.at < lifeMs) return known.value;
      if (asking >= mostAsking) {
        return Promise.reject(new ApiFailure(429, "too many callers are being looked up at once, try again", 1));
      }
      const [oldest] = kept.keys();
      if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
      return begin(key, ask);
    },
  };
}
