const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a Gateway API duration such as `1h30m` or `500ms`; undefined when it is not one. */
export function parseDuration(value: string): number | undefined {
  if (!/^(?:[0-9]{1,5}(?:h|ms|m|s)){1,4}$/.test(value)) return undefined;
  return [...value.matchAll(/([0-9]+)(h|ms|m|s)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ""] ?? 0),
    0,
  );
}
