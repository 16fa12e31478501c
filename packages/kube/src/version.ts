/**
 * Which of two resource versions of one kind is newer: negative when `a` is older, 0 when they are the same,
 * undefined when nobody can tell.
 *
 * Kubernetes promises since 1.35 that they are decimal integers that grow within a kind, and every API server on etcd did so
 * before. An extension API server may use anything else: then only equality means something, and callers fall back on the order
 * in which things arrive.
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!/^[1-9]\d*$/.test(a) || !/^[1-9]\d*$/.test(b)) return undefined;
  // Of two integers without leading zeros the longer is the greater; this is exact beyond 2^53 too.
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

/** Whether `a` is certainly older than `b`. */
export function isOlder(a: string, b: string): boolean {
  const order = compareVersions(a, b);
  return order !== undefined && order < 0;
}
