/** Milliseconds that `work` takes. */
export function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
  if (value === undefined) throw new Error("no values");
  return value;
}

/** Bytes on the heap that what `build` returns keeps alive. Needs `--expose-gc`. */
export function retained(build: () => unknown): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("run with --expose-gc");
  const heap = (): number => {
    // Twice, because finalizers and weak entries go with the second one.
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  const kept = [build()];
  const bytes = heap() - before;
  // Touched after the measurement, so that it can't be collected before.
  kept.pop();
  return bytes;
}

/** A small pseudo-random generator, so that every run and both engines see the same events. */
export function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
