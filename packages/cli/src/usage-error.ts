/** What the user asked for can't be done as written: the message goes to standard error as it is, the exit code is 1. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
