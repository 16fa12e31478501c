import { startHeadgate } from "../../e2e/headgate-process.ts";
import type { HeadgateProcess } from "../../e2e/headgate-process.ts";

/** `headgate operator` as a process of its own, and what it says of itself. */
export interface OperatorProcess extends HeadgateProcess {
  /** How many of its log lines have this message. */
  logged(message: string): number;
  /** The sum of a metric over its labels. Throws while it serves none. */
  metric(name: string): Promise<number>;
}

/** Starts it; it may not have come far when this returns. */
export function startOperatorProcess(args: readonly string[]): OperatorProcess {
  const headgate = startHeadgate([...args, "--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=0"]);
  return {
    ...headgate,
    logged: (message) => headgate.errors().split(`"msg":"${message}"`).length - 1,
    metric: async (name) => {
      const port = /"metricsPort":(\d+)/.exec(headgate.errors())?.[1];
      if (port === undefined) throw new Error(`it serves no metrics: ${headgate.errors()}`);
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      return (await answer.text())
        .split("\n")
        .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
  };
}
