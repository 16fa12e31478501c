import { pino } from "pino";
import type { Logger } from "pino";

/**
 * A logger of JSON lines on standard error; standard output is kept for what a command prints.
 *
 * A line is written at once, or with those that come while the one before is on its way: whoever reads slowly does not hold the
 * program up. Nothing is lost when the program ends by itself or by a signal that it knows.
 */
export function logger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  );
}
