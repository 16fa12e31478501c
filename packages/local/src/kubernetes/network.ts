/** A network namespace of one's own, in which every address of the pods' range can be bound. Linux only. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The range that pods get their addresses from, and the node's own address in it. */
export interface PodNetwork {
  readonly nodeAddress: string;
  readonly podCidr: string;
}

/** The network of the `index`th cluster in one namespace: clusters side by side have different ranges. */
export function podNetwork(index = 0): PodNetwork {
  if (!Number.isInteger(index) || index < 0 || index > 9)
    throw new Error(`there are ten networks, 0 to 9, and no ${index}`);
  const range = `10.${244 + index}`;
  return { nodeAddress: `${range}.0.1`, podCidr: `${range}.0.0/16` };
}

/** Said to a program that runs inside. */
const insideVariable = "HEADGATE_NETWORK_NAMESPACE";

/** Whether this process was started by {@link startInOwnNetwork}, or by one that was. */
export function isInOwnNetwork(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return env[insideVariable] === "1";
}

/** A whole /16 on `lo` is local as a whole, as 127/8 is: no device and no route for each address. */
const setUp = [
  "ip link set lo up",
  ...Array.from({ length: 10 }, (_, index) => `ip addr add ${podNetwork(index).nodeAddress}/16 dev lo`),
  // Not by `exec`: the shell, as the first process in there, buries the processes that others leave behind.
  '"$@"',
].join(" && ");

/** What needs to be there, and what Debian calls the package that brings it. */
const needs = { unshare: "util-linux", ip: "iproute2" } as const;

/** Where Debian keeps `ip`, which is not on everyone's path. */
const systemFolders = ["/usr/sbin", "/sbin"];

function withSystemFolders(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PATH: [env["PATH"] ?? "", ...systemFolders].join(delimiter) };
}

/** Arguments of `unshare`. Its process namespace is there so that the kernel ends all that runs inside with the first process. */
function inside(command: readonly string[]): string[] {
  // Without root, a user namespace in which this user is root.
  const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const namespaces = ["--net", "--pid", "--mount-proc"];
  return [...user, ...namespaces, "--fork", "--kill-child", "--", "sh", "-c", setUp, "sh", ...command];
}

/** Why this machine lets nobody have a network namespace, in a sentence that says what to do; undefined when it does. */
export async function networkObstacle(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (process.platform !== "linux") return `a network namespace needs Linux, and this is ${process.platform}`;
  const searched = withSystemFolders(env);
  const missing = (Object.keys(needs) as (keyof typeof needs)[]).filter((name) => !isOnPath(name, searched));
  if (missing.length > 0) {
    const packages = missing.map((name) => needs[name]).join(" ");
    return `a network namespace needs ${missing.join(" and ")}: install ${missing.length === 1 ? "it" : "them"} (Debian: apt-get install ${packages})`;
  }
  try {
    await promisify(execFile)("unshare", inside(["true"]), { env: searched });
    return undefined;
  } catch (error) {
    const { stderr = "", message = "" } = error as { stderr?: string; message?: string };
    const said = (stderr === "" ? message : stderr).trim();
    const how =
      process.getuid?.() === 0
        ? "this needs the capabilities SYS_ADMIN and NET_ADMIN, which a container often lacks"
        : "as an ordinary user this needs unprivileged user namespaces: allow them, or run as root";
    return `this machine refuses a network namespace (${said}): ${how}`;
  }
}

function isOnPath(name: string, { PATH = "" }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Where its output goes; by default where this process's goes. Its errors always do that. */
  readonly stdout?: "inherit" | "pipe";
}

/**
 * Starts a program in namespaces made for it, network and processes. Its standard input is a pipe that ends when this process ends,
 * whatever ends it: a program inside that ends then leaves nothing behind, because the kernel kills what it has started. Killing
 * the child (SIGKILL) does the same at once. An interrupt from the terminal does not reach it.
 */
export function startInOwnNetwork(command: readonly string[], options: StartOptions = {}): ChildProcess {
  const { env = process.env, stdout = "inherit", ...rest } = options;
  return spawn("unshare", inside(command), {
    ...rest,
    stdio: ["pipe", stdout, "inherit"],
    env: { ...withSystemFolders(env), [insideVariable]: "1" },
    detached: true,
  });
}

/**
 * Runs a program as {@link startInOwnNetwork} does, and returns its exit status when it has ended. A signal ends its standard
 * input, and a second one the program. Throws when the machine does not allow it.
 */
export async function runInOwnNetwork(command: readonly string[], options: StartOptions = {}): Promise<number> {
  const obstacle = await networkObstacle(options.env);
  if (obstacle !== undefined) throw new Error(obstacle);
  const child = startInOwnNetwork(command, options);
  const end = (): void => {
    if (child.stdin?.writableEnded === true) child.kill("SIGKILL");
    child.stdin?.end();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
}
