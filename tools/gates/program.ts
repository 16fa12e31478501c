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
  const bin = join(root, "node_modules", ".bin");
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), resolve(root, "node_modules", file), ...args], {
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
      if (signal !== null) chunks.push(`${file} was ended by ${signal}\n`);
      ended({ status: code ?? 1, output: chunks.join("") });
    });
  });
}
