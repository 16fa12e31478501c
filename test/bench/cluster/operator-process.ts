/** The operator as a process of its own, as the bench sees it. */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

import { request } from "undici";

import { startHeadgate } from "../../e2e/headgate-process.ts";
import type { HeadgateProcess } from "../../e2e/headgate-process.ts";

/** Starts it against a cluster, without a Lease; returns when it has read everything and begins to act. */
export async function startOperator(kubeconfig: string): Promise<HeadgateProcess> {
  const operator = startHeadgate([
    "operator",
    `--kubeconfig=${kubeconfig}`,
    "--metrics-bind-address=127.0.0.1:0",
    "--health-probe-bind-address=0",
    "--no-leader-elect",
  ]);
  await until(() => {
    if (operator.child.exitCode !== null) throw new Error(`the operator ended:\n${operator.errors().slice(-2000)}`);
    return Promise.resolve(operator.errors().includes('"msg":"leading"'));
  });
  return operator;
}

/** Waits until a metric, summed over its series, has come to a value and no write is pending. */
export async function converged(operator: HeadgateProcess, name: string, value: number): Promise<void> {
  await until(async () => {
    const sum = (await metrics(operator, name)).reduce((one, other) => one + other, 0);
    return sum === value && (await metric(operator, "headgate_pending_writes")) === 0;
  });
}

/** The value of a metric, or the values of one that has labels, in the operator's own order. */
export async function metrics(operator: HeadgateProcess, name: string): Promise<readonly number[]> {
  const port = /"metricsPort":(\d+)/.exec(operator.errors())?.[1];
  // A connection of its own each time: one that is kept may be closed by the operator just when it is used again.
  const text = await (await request(`http://127.0.0.1:${port}/metrics`, { reset: true })).body.text();
  const lines = text.split("\n").filter((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
  return lines.map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
}

export async function metric(operator: HeadgateProcess, name: string): Promise<number> {
  return (await metrics(operator, name))[0] ?? Number.NaN;
}

export interface Usage {
  /** User and system time, in seconds. */
  readonly cpu: number;
  /** Resident memory now and at its highest, in MiB. */
  readonly rss: number;
  readonly peak: number;
}

/** What the process has used so far, by the kernel's books. */
export async function usage({ child: { pid = 0 } }: HeadgateProcess): Promise<Usage> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { cpu: await cpuSeconds(pid), rss: kilobytes("VmRSS") / 1024, peak: kilobytes("VmHWM") / 1024 };
}

/** User and system time of a process so far. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may hold anything; what follows it is numbers. 100 ticks to the second on every Linux.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 1_800_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error("waited half an hour in vain");
    await delay(50);
  }
}
