/** From readings of what has been used so far to usage over a window, as metrics-server computes it. */

/** What something has used up to a moment. */
export interface Reading {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When its counters began; another beginning is another run. */
  readonly startedAt: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

export interface Usage {
  /** The end of the window. Milliseconds since the epoch. */
  readonly at: number;
  readonly windowMs: number;
  /** Of a core, over the window. */
  readonly cores: number;
  /** At the end of the window. */
  readonly memoryBytes: number;
}

/** The two newest readings of each thing. */
export interface Readings {
  /** Takes the place of the readings before; what is not among them is forgotten. */
  take(readings: ReadonlyMap<string, Reading>): void;
  /** Undefined until there are two readings of the same run. */
  usage(key: string): Usage | undefined;
}

export function keepReadings(): Readings {
  let last: ReadonlyMap<string, Reading> = new Map();
  let previous: ReadonlyMap<string, Reading> = new Map();
  return {
    take(readings) {
      previous = last;
      last = readings;
    },
    usage(key) {
      const [before, now] = [previous.get(key), last.get(key)];
      return before === undefined || now === undefined ? undefined : usageBetween(before, now);
    },
  };
}

/** Undefined when the readings are not of one run. */
export function usageBetween(before: Reading, now: Reading): Usage | undefined {
  const windowMs = now.at - before.at;
  // Time of a process that nobody of its container waited for is lost to the counters when it ends.
  const cpuSeconds = now.cpuSeconds - before.cpuSeconds;
  if (before.startedAt !== now.startedAt || windowMs <= 0 || cpuSeconds < 0) return undefined;
  return { at: now.at, windowMs, cores: cpuSeconds / (windowMs / 1000), memoryBytes: now.memoryBytes };
}
