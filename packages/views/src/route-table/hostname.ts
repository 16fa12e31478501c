/** The pattern that takes every host. */
export const anyHost = "*";

/**
 * The hosts that two patterns have in common, as one pattern, or undefined when there is none.
 *
 * Patterns are exact, `*.suffix` (one or more labels before the suffix) or `*`. Commutative.
 */
export function intersect(a: string, b: string): string | undefined {
  if (a === b || b === anyHost) return a;
  if (a === anyHost) return b;
  if (covers(a, b)) return b;
  return covers(b, a) ? a : undefined;
}

/** Whether every host of pattern `inner` is also one of `outer`. An exact host is a pattern too. */
export function covers(outer: string, inner: string): boolean {
  if (outer === anyHost || outer === inner) return true;
  if (!outer.startsWith("*.") || inner === anyHost) return false;
  const suffix = outer.slice(1);
  const rest = inner.startsWith("*.") ? inner.slice(1) : inner;
  return rest.length > suffix.length && rest.endsWith(suffix);
}

/** Negative when `a` is the more specific pattern: exact before wildcard, then the longer one. Zero for equally specific ones. */
export function bySpecificity(a: string, b: string): number {
  return exactness(b) - exactness(a) || b.length - a.length;
}

function exactness(pattern: string): number {
  return pattern.startsWith("*") ? 0 : 1;
}
