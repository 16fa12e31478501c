import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** A program that runs until it is told to end, and that can be ended and started again with the same arguments. */
export interface Component {
  readonly name: string;
  /** Everything that it prints. */
  readonly logFile: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  start(): void;
  /** Sends the signal to the process if it runs, and waits until it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** For signals that do not end it: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** Throws, with the end of its log, when it has ended without being told to. */
  check(): Promise<void>;
}

/** What is left to a program that was asked to end. */
const graceMs = 10_000;
const shownLogLines = 15;

export interface ComponentSpec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Not started yet. */
export function component({ name, program, args, logFile, env = {} }: ComponentSpec): Component {
  let child: ChildProcess | undefined;
  let told = false;
  let failure: Error | undefined;
  const running = (): ChildProcess | undefined =>
    child?.exitCode === null && child.signalCode === null && failure === undefined ? child : undefined;
  return {
    name,
    logFile,
    get pid() {
      return running()?.pid;
    },
    start() {
      if (running() !== undefined) throw new Error(`${name} runs already`);
      told = false;
      failure = undefined;
      const log = openSync(logFile, "a");
      child = spawn(program, args, { stdio: ["ignore", log, log], env: { ...process.env, ...env } });
      closeSync(log);
      child.on("error", (error) => {
        failure = error;
      });
    },
    async stop(signal = "SIGTERM") {
      told = true;
      const process = running();
      if (process === undefined) return;
      const ended = once(process, "exit");
      // A stopped process takes no other signal until it goes on.
      if (signal !== "SIGKILL") process.kill("SIGCONT");
      process.kill(signal);
      const impatience = setTimeout(() => process.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(impatience);
    },
    signal(signal) {
      running()?.kill(signal);
    },
    async check() {
      if (told || running() !== undefined) return;
      const lines = (await readFile(logFile, "utf8").catch(() => "")).trimEnd().split("\n").slice(-shownLogLines);
      throw new Error(
        `${name} has ended by itself${failure === undefined ? "" : ` (${failure.message})`}:\n${lines.join("\n")}`,
      );
    },
  };
}
