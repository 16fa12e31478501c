import type { Json } from "../json/json.ts";
import type { Column } from "../kinds/resource.ts";

const parts = (value: number, [unit, smaller]: readonly [string, string], rest: number): string =>
  rest === 0 ? `${value}${unit}` : `${value}${unit}${rest}${smaller}`;

/** A length of time in ms as kubectl writes it: two units while they matter. */
export const shortDuration = (ms: number): string => {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return parts(minutes, ["m", "s"], seconds % 60);
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return parts(hours, ["h", "m"], minutes % 60);
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return parts(days, ["d", "h"], hours % 24);
  if (days < 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? parts(years, ["y", "d"], days % 365) : `${years}y`;
};

export const since = (time: Json | undefined, now: number): string =>
  typeof time === "string" ? shortDuration(now - Date.parse(time)) : "<unknown>";

export const ageColumn: Column = {
  name: "Age",
  type: "string",
  priority: 0,
  cell: (object, now) => since(object.metadata.creationTimestamp, now),
};
