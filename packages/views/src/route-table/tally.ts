import { groupBy } from "@headgate/delta";
import type { Collection } from "@headgate/delta";

export interface TallySpec<R> {
  readonly name: string;
  readonly by: (row: R) => string;
  /** What tells the rows of a group apart: it spreads them over buckets. */
  readonly member: (row: R) => string;
}

const buckets = 128;

/**
 * How many rows each group has, keyed by group.
 *
 * Counts in two steps, so that one row more touches a bucket and the sums of the buckets, and not the whole group.
 */
export function tally<R>(rows: Collection<R>, { name, by, member }: TallySpec<R>): Collection<number> {
  const partial = groupBy(rows, {
    name: `${name}-buckets`,
    by: (row) => `${bucketOf(member(row))}|${by(row)}`,
    reduce: (all): { group: string; count: number } | undefined =>
      all[0] && { group: by(all[0][1]), count: all.length },
  });
  return groupBy(partial, { name, by: (p) => p.group, reduce: (all) => all.reduce((sum, [, p]) => sum + p.count, 0) });
}

function bucketOf(member: string): number {
  let hash = 0;
  for (let i = 0; i < member.length; i++) hash = (Math.imul(hash, 31) + member.charCodeAt(i)) >>> 0;
  return hash % buckets;
}
