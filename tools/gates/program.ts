import { spawn } from "node:child_process";
import { delimiter, join, resolve } from "node:path";
import { root } from "../root.ts";

export interface Ended {
  readonly status: number;
  /** Standard output and standard error together, in the order in which they came. */
  readonly output: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of Node, before the file. */
  readonly nodeArgs?: readonly string[];
  /** Shows the output while it comes, besides keeping it. */
  readonly show?: boolean;
}

/** Runs a program under the Node that runs this, and waits for its end: a file of an npm package, or an absolute path. */
export async function runProgram(file: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const program = resolve(root, "node_modules", file);
  return await runCommand(process.execPath, [...(options.nodeArgs ?? []), program, ...args], options);
}

/** Runs a command of this machine, and waits for its end. Rejects when there is no such command. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: Omit<ProgramOptions, "nodeArgs"> = {},
): Promise<Ended> {
  const bin = join(root, "node_modules", ".bin");
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      chunks.push(chunk);
      if (options.show === true) process.stdout.write(chunk);
    });
  }
  return await new Promise((ended, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => {
      if (signal !== null) chunks.push(`${[command, ...args].join(" ")} was ended by ${signal}\n`);
      ended({ status: code ?? 1, output: chunks.join("") });
    });
  });
}
