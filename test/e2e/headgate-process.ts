import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

/** The `headgate` command as a process of its own. */
export interface HeadgateProcess {
  readonly child: ChildProcess;
  /** All of standard output so far. */
  readonly output: () => string;
  readonly errors: () => string;
  /** Its exit status once it has ended; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** The same once nothing more can come of what it, and whatever it has started, says. */
  readonly silent: Promise<number | null>;
  /** Ends the process and waits for it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `headgate` with these arguments, in `cwd`, with `env` beside what this process has. */
export function startHeadgate(
  args: readonly string[],
  cwd?: string,
  env: Readonly<Record<string, string>> = {},
): HeadgateProcess {
  const child = spawn(process.execPath, ["--conditions=@headgate/source", main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const ended = (once(child, "exit") as Promise<[number | null]>).then(([code]) => code);
  const silent = (once(child, "close") as Promise<[number | null]>).then(([code]) => code);
  return {
    child,
    output: out,
    errors: err,
    ended,
    silent,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs `headgate` to its end, with `input` on standard input. */
export async function runHeadgate(
  args: readonly string[],
  input = "",
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, ["--conditions=@headgate/source", main, ...args]);
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out: out(), err: err() };
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  return () => text;
}
