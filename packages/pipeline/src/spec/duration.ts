const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 };

/** The milliseconds of a duration as Go writes it (`1h30m`, `20ms`); undefined when it is none. */
export function duration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/(\d+(?:\.\d*)?)([a-zµ]+)/g))
    total += Number(amount) * (units[unit] ?? 0);
  return total;
}
