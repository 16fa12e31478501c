/** What benches print beside their bars. */
import { loadavg } from "node:os";

import type { Writes } from "./api-server.ts";

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Milliseconds, as seconds. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export const load = (): string => `(load ${loadavg()[0]?.toFixed(1)})`;

export const shown = (writes: Writes): string =>
  [...writes].map(([what, count]) => `${count} ${what}`).join(", ") || "none";
