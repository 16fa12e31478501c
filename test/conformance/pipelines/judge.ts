import { sameError, sameUpToTime } from "./compare.ts";
import { listed } from "./deviations.ts";
import { evaluated, played } from "./play.ts";
import type { Answer, Moment } from "./play.ts";
import { expressionRules, pipelineRules, reasons, rewritten } from "./rules.ts";
import type { RuleName } from "./rules.ts";
import type { ExpressionVector, PipelineVector, Step, Value, Vector } from "./vector.ts";

/** What is to be said of a vector. */
export interface Judgement {
  readonly verdict: "agrees" | "deviates" | "fails";
  /** The rule by which it deviates; several together are `one + another`. */
  readonly rule?: string;
  /** What was recorded and what we said instead. */
  readonly difference?: string;
}

export interface Outcome {
  /** One for each difference, intended or not; then how many were intended. */
  readonly lines: readonly string[];
  readonly passed: number;
  readonly failed: number;
  /** The vectors that deviate, with the rule. */
  readonly deviating: Readonly<Record<string, string>>;
}

/** Judges vectors. One that is listed as deviating and agrees fails. */
export function judgeAll(vectors: readonly Vector[], list: Readonly<Record<string, string>> = listed): Outcome {
  const lines: string[] = [];
  const deviating: Record<string, string> = {};
  let failed = 0;
  for (const vector of vectors) {
    const { verdict, rule, difference = "" } = judgeSafely(vector);
    const wanted = list[vector.id];
    if (verdict === "deviates" && rule !== undefined) {
      deviating[vector.id] = rule;
      lines.push(`deviates ${vector.id} by ${rule} (${reasonOf(rule)}): ${difference}`);
    } else if (verdict === "fails") {
      failed++;
      lines.push(`FAILED ${vector.id}: ${difference}`);
    }
    if (verdict !== "fails" && wanted !== undefined && wanted !== rule) {
      failed++;
      lines.push(
        `FAILED ${vector.id}: listed as deviating by ${wanted}, but it ${rule === undefined ? "agrees" : `deviates by ${rule}`}`,
      );
    }
  }
  const deviations = Object.keys(deviating).length;
  if (deviations > 0) lines.push(`${deviations} of ${vectors.length} differ from the original as intended`);
  return { lines, passed: vectors.length - failed, failed, deviating };
}

function reasonOf(rule: string): string {
  return rule
    .split(" + ")
    .map((name) => reasons[name as RuleName])
    .join("; ");
}

/** One vector that cannot be played is one that fails, and no reason not to play the others. */
function judgeSafely(vector: Vector): Judgement {
  try {
    return judge(vector);
  } catch (bug) {
    return { verdict: "fails", difference: `it could not be played: ${String(bug)}` };
  }
}

function judge(vector: Vector): Judgement {
  return vector.kind === "expr" ? judgeExpression(vector) : judgePipeline(vector);
}

function judgeExpression(vector: ExpressionVector): Judgement {
  const recorded = recordedOf(vector);
  const ours = evaluated(vector);
  if (agrees(recorded, ours)) return { verdict: "agrees" };
  const difference = `${JSON.stringify(recorded)} was recorded, ours is ${JSON.stringify(ours)}`;
  for (const one of rewritten(vector)) {
    const rules = agrees(recorded, one.ours) ? one.rules : [...one.rules, ...explaining(vector, recorded, one.ours)];
    // What quirks make of the expression explains nothing unless it is what was recorded, or a rule says the rest.
    if (rules.length > 0 && (agrees(recorded, one.ours) || rules.length > one.rules.length))
      return { verdict: "deviates", rule: rules.join(" + "), difference };
  }
  return { verdict: "fails", difference };
}

type Recorded = Value | { readonly err: string };

function explaining(vector: ExpressionVector, recorded: readonly Recorded[], ours: Answer): readonly RuleName[] {
  const found = Object.entries(expressionRules).find(([, explains]) =>
    recorded.some((one) => explains({ vector, recorded: one, ours })),
  );
  return found === undefined ? [] : [found[0] as RuleName];
}

function agrees(recorded: readonly Recorded[], ours: Answer): boolean {
  return recorded.some((one) =>
    "err" in ours
      ? "err" in one && sameError(one.err, ours.err)
      : !("err" in one) && one.nonfinite !== true && sameUpToTime(one.v, ours.value),
  );
}

function judgePipeline(vector: PipelineVector): Judgement {
  const ours = played(vector);
  let best: Judgement = { verdict: "fails" };
  for (const recorded of recordedOf(vector)) {
    const judgement = "err" in ours ? judgeRefused(vector, recorded, ours) : judgeSteps(vector, recorded, ours);
    if (judgement.verdict === "agrees") return judgement;
    if (best.verdict === "fails") best = judgement;
  }
  return best;
}

type Told = readonly Step[] | { readonly err: string };

function judgeRefused(vector: PipelineVector, recorded: Told, ours: { readonly err: string }): Judgement {
  if ("err" in recorded && sameError(recorded.err, ours.err)) return { verdict: "agrees" };
  const difference = `${JSON.stringify(recorded)} was recorded, ours is ${JSON.stringify(ours)}`;
  for (const [name, explains] of Object.entries(pipelineRules))
    if (explains({ vector, refused: ours.err, recorded })) return { verdict: "deviates", rule: name, difference };
  return { verdict: "fails", difference };
}

function judgeSteps(vector: PipelineVector, recorded: Told, ours: readonly Moment[]): Judgement {
  let judgement: Judgement = { verdict: "agrees" };
  for (const [index, moment] of ours.entries()) {
    const step = "err" in recorded ? { err: recorded.err } : (recorded[index] ?? []);
    if (sameStep(step, moment.step)) continue;
    const difference = `event ${index + 1}: ${JSON.stringify(step)} was recorded, ours is ${JSON.stringify(moment.step)}`;
    const rule = Object.entries(pipelineRules).find(([, explains]) =>
      explains({ vector, recorded, index, step, moment }),
    )?.[0];
    if (rule === undefined) return { verdict: "fails", difference };
    if (judgement.verdict === "agrees") judgement = { verdict: "deviates", rule, difference };
  }
  if (ours.length === 0 && "err" in recorded) return noSteps(vector, recorded);
  return judgement;
}

/** Refused by the original, and without an event to see why we don't. */
function noSteps(vector: PipelineVector, recorded: { readonly err: string }): Judgement {
  const difference = `${JSON.stringify(recorded)} was recorded, ours compiles`;
  const rule = Object.entries(pipelineRules).find(([, explains]) => explains({ vector, recorded }))?.[0];
  return rule === undefined ? { verdict: "fails", difference } : { verdict: "deviates", rule, difference };
}

function sameStep(recorded: Step, ours: Step): boolean {
  if ("err" in recorded || "err" in ours)
    return "err" in recorded && "err" in ours && sameError(recorded.err, ours.err);
  return sameUpToTime(sorted(recorded), sorted(ours));
}

/** Deletions come first in any case; the order within each class was never promised. */
function sorted(step: readonly { readonly type: string; readonly object?: unknown }[]): string[] {
  return step.map((delta) => JSON.stringify(delta, keysInOrder)).sort();
}

function keysInOrder(_key: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}

function recordedOf(vector: ExpressionVector): readonly (Value | { readonly err: string })[];
function recordedOf(vector: PipelineVector): readonly Told[];
function recordedOf({ out, err, observed }: Vector): readonly unknown[] {
  if (observed !== undefined) return observed;
  return [err === undefined ? out : { err }];
}
