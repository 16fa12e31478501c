/** A network namespace of one's own, in which every address of the pods' range can be bound. Linux only. */
import { spawn } from "node:child_process";
import { once } from "node:events";

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

/** Whether this process was started by {@link runInOwnNetwork}. */
export function isInOwnNetwork(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return env[insideVariable] === "1";
}

/** A whole /16 on `lo` is local as a whole, as 127/8 is: no device and no route for each address. */
const setUp = [
  "ip link set lo up",
  ...Array.from({ length: 10 }, (_, index) => `ip addr add ${podNetwork(index).nodeAddress}/16 dev lo`),
  // No other process may live on when the one that matters has ended.
  'exec "$@"',
].join(" && ");

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * Runs a program in a network namespace made for it, and returns its exit status when it has ended. Its standard input ends when
 * this process ends, whatever ends it: a program inside that watches for this leaves nothing behind. Throws when the machine does
 * not allow it.
 */
export async function runInOwnNetwork(command: readonly string[], options: RunOptions = {}): Promise<number> {
  if (process.platform !== "linux") throw new Error("a network namespace needs Linux");
  const { env = process.env, ...rest } = options;
  // Without root, a user namespace in which this user is root.
  const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const args = [...user, "--net", "--fork", "--kill-child", "--", "sh", "-c", setUp, "sh", ...command];
  const child = spawn("unshare", args, {
    ...rest,
    stdio: ["pipe", "inherit", "inherit"],
    env: { ...env, [insideVariable]: "1" },
  });
  const end = (): void => {
    child.stdin.end();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  } catch (cause) {
    throw new Error("unshare and ip are needed for a network namespace (Debian: util-linux, iproute2)", { cause });
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
}
