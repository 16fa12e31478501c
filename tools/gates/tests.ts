import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Gate, Verdict } from "./gate.ts";
import { runProgram } from "./program.ts";
import { root } from "../root.ts";

interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export interface TestRun {
  /** The folder that Vitest runs in. */
  readonly folder: string;
  readonly args?: readonly string[];
  readonly show?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** What runs Vitest with these arguments, in place of Vitest itself. */
  readonly runner?: { readonly file: string; readonly nodeArgs: readonly string[]; readonly args: readonly string[] };
}

const plainVitest = { file: "vitest/vitest.mjs", nodeArgs: [], args: ["run"] };

/** A run that failed counts at least one failure, also when what failed is not a test: a file that can't be loaded, an error after the last test. */
export async function runTests({
  folder,
  args = [],
  show = false,
  env = {},
  runner = plainVitest,
}: TestRun): Promise<Verdict> {
  const out = mkdtempSync(join(tmpdir(), "headgate-tests-"));
  const file = join(out, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const { status, output } = await runProgram(runner.file, [...runner.args, ...reporters, ...args], {
      cwd: folder,
      nodeArgs: runner.nodeArgs,
      show,
      env,
    });
    return { ...count(file, status), details: output.trim() };
  } finally {
    rmSync(out, { recursive: true });
  }
}

function count(file: string, status: number): Omit<Verdict, "details"> {
  const report = read(file);
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = report.numFailedTests + unloadable;
  const nothing = report.numPassedTests === 0;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (status !== 0 || nothing) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function read(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    // Vitest ended before it could write its report; its output says why.
    return undefined;
  }
}

const kubernetesRunner = {
  file: join(root, "test/rigs/kubernetes/main.ts"),
  nodeArgs: ["--conditions=@headgate/source"],
  args: [],
};

/** The suites of the real control plane: they need Linux and Go, and time to build what is not in the cache. */
export const kubernetesGate: Gate = {
  name: "kubernetes",
  streams: true,
  run: () => runTests({ folder: root, show: true, runner: kubernetesRunner }),
};

export const testsGate: Gate = { name: "tests", streams: true, run: () => runTests({ folder: root, show: true }) };
