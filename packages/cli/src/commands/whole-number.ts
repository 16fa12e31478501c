import { UsageError } from "../usage-error.ts";

/** A whole number from 0 to `most`. Throws a UsageError that names flag and value. */
export function wholeNumber(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value <= most) return value;
  throw new UsageError(
    `error: ${flag} is ${JSON.stringify(text)}; it must be a whole number from 0 to ${String(most)}`,
  );
}
