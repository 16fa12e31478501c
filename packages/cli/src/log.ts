import { pino } from "pino";
import type { Logger } from "pino";

/** A logger of JSON lines on standard error; standard output is kept for what a command prints. */
export function logger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
