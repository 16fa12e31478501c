import { UsageError } from "../usage-error.ts";

/** A whole number from `least` to `most`. Throws a UsageError that names flag and value. */
export function wholeNumber(flag: string, text: string, most: number, least = 0): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(
    `error: ${flag} is ${JSON.stringify(text)}; it must be a whole number from ${String(least)} to ${String(most)}`,
  );
}
