import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChartAccount } from "../rigs/kubernetes/chart-accounts.ts";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

/** What a kubelet gives a container: the account's files where every client looks for them, which only this process sees. */
const inPod = [
  "mount -t tmpfs tmpfs /var/run",
  "mkdir -p /var/run/secrets/kubernetes.io/serviceaccount",
  'mount --bind "$0" /var/run/secrets/kubernetes.io/serviceaccount',
  'exec "$@"',
].join(" && ");

export interface PodProcess {
  /** Standard error so far: the log. */
  readonly log: () => string;
  /** Whether it has ended by itself. */
  readonly ended: () => boolean;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/**
 * Starts a program of the chart with the arguments that the chart gives it, as it would run in a pod: credentials come from the
 * files of its service account, and there is no kubeconfig. `further` arguments come last, and win.
 */
export async function startInPod(
  account: ChartAccount,
  { folder, further = [] }: { readonly folder: string; readonly further?: readonly string[] },
): Promise<PodProcess> {
  const files = join(folder, `${account.namespace}.${account.name}`);
  await account.writePodFiles(files);
  const { hostname, port } = new URL(account.access.server);
  const program = [process.execPath, "--conditions=@headgate/source", main, ...account.args, ...further];
  const child = spawn("unshare", ["--mount", "--", "sh", "-c", inPod, files, ...program], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"], KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const exited = once(child, "exit");
  return {
    log: () => text,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      await exited;
    },
  };
}
