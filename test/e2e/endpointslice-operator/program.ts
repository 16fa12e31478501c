import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { root } from "../../../tools/root.ts";

/** A line of the example: `Added default/testsvc-b9p5tj {…}`. */
export interface Said {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: { readonly addresses?: readonly string[] };
}

/** The example as a process of its own. */
export interface Program {
  /** What it has said so far of objects of that namespace. */
  said(namespace: string): readonly Said[];
  errors(): string;
  /** Its exit status; null when the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the example; it is killed when the test is done. */
export function startProgram(kubeconfig: string, ...flags: readonly string[]): Program {
  const main = `${root}examples/endpointslice-operator/main.ts`;
  const child = spawn(process.execPath, ["--conditions=@headgate/source", main, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  const ended = (once(child, "exit") as Promise<[number | null]>).then(([code]) => code);
  const lines: Said[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [, type = "", namespace = "", name = "", spec = ""] = /^(\w+) ([^/]*)\/(\S+) (.*)$/.exec(line) ?? [];
    lines.push({ type, namespace, name, spec: JSON.parse(spec) as Said["spec"] });
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (errors += part));
  const stop = (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  onTestFinished(async () => {
    await stop("SIGKILL");
  });
  return { said: (of) => lines.filter(({ namespace }) => namespace === of), errors: () => errors, stop };
}
