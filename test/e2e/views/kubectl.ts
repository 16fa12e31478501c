import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

export const withoutKubectl = spawnSync("kubectl", ["version", "--client"]).status !== 0;

export interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A kubectl that runs until it is ended. */
export interface Running {
  readonly out: () => string;
  readonly end: () => Promise<Done>;
  readonly ended: Promise<Done>;
}

/** kubectl with a kubeconfig, and a cache of its own. */
export interface Kubectl {
  readonly start: (...args: readonly string[]) => Running;
  readonly run: (...args: readonly string[]) => Promise<Done>;
  /** What it prints; throws unless it succeeds. */
  readonly get: (...args: readonly string[]) => Promise<string>;
}

export function kubectl(kubeconfig: string, cache: string): Kubectl {
  const start = (...args: readonly string[]): Running => {
    const child = spawn("kubectl", ["--kubeconfig", kubeconfig, "--cache-dir", cache, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (part: string) => (out += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => (err += part));
    const ended = (once(child, "close") as Promise<[number | null]>).then(([code]) => ({ code, out, err }));
    return {
      out: () => out,
      ended,
      end: () => {
        child.kill();
        return ended;
      },
    };
  };
  return {
    start,
    run: (...args: readonly string[]): Promise<Done> => start(...args).ended,
    get: async (...args: readonly string[]): Promise<string> => {
      const { code, out, err } = await start(...args).ended;
      if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${err}${out}`);
      return out;
    },
  };
}
