import { UsageError } from "./usage-error.ts";

/**
 * What standard error says when a program ends by a failure: a line for what the machine refused (a port that is taken, a file
 * that may not be written) or cut short (a cluster that was killed), and with its stack whatever else was thrown, because that is a bug.
 */
export function failureLines(error: unknown): readonly string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(failureLines);
  if (!(error instanceof Error)) return [`headgate: ${String(error)}`];
  const root = rootOf(error);
  return [
    `headgate: ${"syscall" in root || root instanceof UsageError ? error.message : (error.stack ?? error.message)}`,
  ];
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
