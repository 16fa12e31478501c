import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { root } from "../root.ts";
import type { Gate, Verdict } from "./gate.ts";
import { runCommand } from "./program.ts";

/** An event of `go test -json`. */
interface Event {
  readonly Action: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** The folders of our Go modules that are shipped or shown; what only our own tests build is built by them. */
const goModules = (): readonly string[] => globSync("{sdk,examples}/**/go.mod", { cwd: root }).map(dirname).sort();

/**
 * Go code: `go vet` and `gofmt`, a check each, then every test with the race detector, which needs a C compiler. Without Go nothing
 * is run: skipped, or where it is `required` failed.
 */
export function goGate({ required }: { readonly required: boolean }): Gate {
  return { name: "go", run: () => checkGo({ folders: goModules(), required, obstacle: goObstacle() }) };
}

/** Why Go code can't be checked on this machine; undefined when it can. */
export function goObstacle(): string | undefined {
  if (spawnSync("go", ["version"]).status !== 0) return "Go is not on the PATH";
  const [cgo, compiler = ""] = spawnSync("go", ["env", "CGO_ENABLED", "CC"], { encoding: "utf8" }).stdout.split("\n");
  if (cgo !== "1" || spawnSync(compiler, ["--version"]).status !== 0) return "Go finds no C compiler";
  return undefined;
}

export interface GoCheck {
  /** Of modules, relative to the root of the repository, or absolute. */
  readonly folders: readonly string[];
  readonly required: boolean;
  readonly obstacle?: string | undefined;
}

/** A module is skipped or failed as one check when there is an obstacle. */
export async function checkGo({ folders, required, obstacle }: GoCheck): Promise<Verdict> {
  if (obstacle !== undefined) {
    const count = { passed: 0, failed: required ? folders.length : 0, skipped: required ? 0 : folders.length };
    return { ...count, details: `${obstacle}, so the tests of ${folders.join(", ")} were not run` };
  }
  const verdicts: Verdict[] = [];
  for (const folder of folders) verdicts.push(await checkModule(resolve(root, folder)));
  const sum = (field: "passed" | "failed" | "skipped"): number => verdicts.reduce((n, v) => n + v[field], 0);
  const details = verdicts.flatMap((verdict) => (verdict.details === "" ? [] : [verdict.details])).join("\n");
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped"), details };
}

async function checkModule(cwd: string): Promise<Verdict> {
  // A workspace file further up would lend a module what its own go.mod does not say.
  const options = { cwd, env: { GOWORK: "off" } };
  // With -race, so that what it compiles serves the tests as well.
  const vet = await runCommand("go", ["vet", "-race", "./..."], options);
  const untidy = await runCommand("gofmt", ["-l", "."], options);
  const tested = await runCommand("go", ["test", "-race", "-vet=off", "-json", "./..."], options);
  const checks = [
    vet.status === 0 ? "" : vet.output.trim(),
    untidy.status === 0 && untidy.output === ""
      ? ""
      : `gofmt would change ${untidy.output.trim().replaceAll("\n", ", ")}`,
  ];
  const complaints = checks.filter((complaint) => complaint !== "");
  const tests = count(tested.output, tested.status);
  return {
    passed: tests.passed + checks.length - complaints.length,
    failed: tests.failed + complaints.length,
    skipped: tests.skipped,
    details: [...complaints, ...(tests.failed > 0 ? [tests.details] : [])].join("\n"),
  };
}

/** A package that failed without a test that did, such as one that can't be built, counts as a failure; so does a run without any test. */
function count(output: string, status: number): Verdict {
  const lines = output.split("\n").filter((line) => line !== "");
  const events = lines.map((line): Event =>
    line.startsWith("{") ? (JSON.parse(line) as Event) : { Action: "output", Output: `${line}\n` },
  );
  const tests = (action: string): readonly Event[] => events.filter((e) => e.Action === action && e.Test !== undefined);
  const withFailures = new Set(tests("fail").map((event) => event.Package));
  const unbuilt = events.filter(
    (e) => e.Action === "fail" && e.Test === undefined && !withFailures.has(e.Package),
  ).length;
  const passed = tests("pass").length;
  const failed = tests("fail").length + unbuilt;
  return {
    passed,
    failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed,
    skipped: tests("skip").length,
    details: events.map((event) => event.Output ?? "").join(""),
  };
}
