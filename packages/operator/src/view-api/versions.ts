import { ApiFailure, badRequest } from "./failure.ts";

/** How many changes there are to a millisecond: no process makes more on average. */
const perMillisecond = 1_000_000n;

/**
 * Numbers of changes as texts that rise from one process to the next. They begin with the moment at which this one began, so that what
 * another process gave out is not taken for ours.
 */
export interface Versions {
  /** The version of the last change. */
  readonly last: () => number;
  /** Counts a change. */
  next(): number;
  text(version: number): string;
  /** Throws 410 for a version that is not of this process, 400 for what is none. */
  parse(text: string): number;
}

export function versions(startMs: number): Versions {
  const start = BigInt(Math.floor(startMs)) * perMillisecond;
  let count = 0;
  return {
    last: () => count,
    next: () => (count += 1),
    text: (version) => String(start + BigInt(version)),
    parse: (text) => {
      if (!/^\d{1,25}$/.test(text))
        throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(text.slice(0, 40))}`);
      const offset = BigInt(text) - start;
      if (offset < 0n || offset > BigInt(count)) {
        throw new ApiFailure(410, `too old resource version: ${text} is not of this process: list again`);
      }
      return Number(offset);
    },
  };
}
