/** What a command says, and how it ends. */
export interface Said {
  /** Standard output. */
  readonly out: string;
  /** The lines of standard error. */
  readonly err: readonly string[];
  readonly code: number;
}

/** Says it, as the process that this is. */
export function say({ out, err, code }: Said): void {
  process.stdout.write(out);
  if (err.length > 0) process.stderr.write(`${err.join("\n")}\n`);
  if (code !== 0) process.exitCode = code;
}
