import { below } from "../problem.ts";
import type { Problems } from "../problem.ts";

/** How deep expressions may be nested: what is read by recursion must not come from users without a bound. */
export const maxDepth = 100;

/** Where an expression stands. */
export interface Standing {
  readonly at: string;
  /** Whether there is an item for `$$`. */
  readonly item: boolean;
  readonly depth: number;
  readonly problems: Problems;
}

/** The standing of what is under a key. */
export function inside(standing: Standing, key: string | number): Standing {
  return { ...standing, at: below(standing.at, key), depth: standing.depth + 1 };
}
