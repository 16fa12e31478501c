/** What a gate found. A gate that is one check counts as one; a gate that runs tests counts each of them. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What to show when the gate fails or skips something. */
  readonly details: string;
}

export interface Gate {
  readonly name: string;
  /** Whether the gate shows its own progress, so that its details need not be shown again. */
  readonly streams?: boolean;
  run(): Promise<Verdict>;
}

/** The verdict of a gate that is a single check: it passes when there is nothing to complain of. */
export function singleCheck(complaints: readonly string[]): Verdict {
  const clean = complaints.length === 0;
  return { passed: clean ? 1 : 0, failed: clean ? 0 : 1, skipped: 0, details: complaints.join("\n") };
}

/** The last line of a check, from which CI reads the numbers. */
export function closingLine(verdicts: readonly Verdict[]): string {
  const sum = (field: "passed" | "failed" | "skipped"): number => verdicts.reduce((n, v) => n + v[field], 0);
  const skipped = sum("skipped");
  const line = `${String(sum("passed"))} passed, ${String(sum("failed"))} failed`;
  return skipped === 0 ? line : `${line}, ${String(skipped)} skipped`;
}
