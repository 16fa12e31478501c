/**
 * By which rule an answer of ours may differ from the recorded one. A rule looks at the vector, at what was recorded and at
 * what we said: it explains a difference of its own kind and no other, also in vectors that nobody has seen yet.
 */
import type { Json } from "@headgate/api";
import { compileExpression, extensions } from "@headgate/pipeline";

import { evaluated } from "./play.ts";
import type { Answer, Moment } from "./play.ts";
import { dataIsPath, listsCollapse, noneIsFalse, nullIsFalse } from "./quirks.ts";
import { writtenExpression } from "./vector.ts";
import type { ExpressionVector, PipelineVector, Step, Value } from "./vector.ts";

export const reasons = {
  "null-literal": "null is nothing, not false",
  "empty-text": "an empty text is a text",
  "empty-key": "a map with an empty key is a map",
  none: "@none is true when no item fulfils the condition",
  "number-text": "a number with a fraction becomes a text as JSON writes it",
  "list-collapse": "a list that begins with a list stays as it is; only [x] as the argument of a list operator means x",
  "data-is-data": "a text out of an object is not evaluated again",
  "item-of-nothing": "an item that is null is null, and outside list operators there is no item",
  "one-number": "numbers are those of JSON: 12.0 is 12, and beyond 2^53 they are not exact",
  extension: "an operator that the documents of the original promise exists",
  "no-infinity": "a number that JSON cannot hold is an error where it arises",
  "before-objects": "a malformed expression or pipeline is refused before there is an object",
  "released-form": "the released form with @aggregate is accepted",
  events:
    "an event says what is true now: what was known is retracted, the same twice is one, and the end of nothing is nothing",
  claims: "an object is there as long as one row claims it; of several different ones the smallest is it",
  quarantine: "an object that cannot be computed with is left out until it can",
  "tick-asserts": "a tick asserts the target, whatever the stages are",
  "no-invented-name": "unwinding an object without a name gives objects without a name",
  chance: "what chance gives need not be what it gave",
  "fixed-order":
    "fields of a map apply in the order in which they are written, and the first object of a group is its row",
  remembered: "what @now and @rnd gave an object is remembered with it",
} as const;

export type RuleName = keyof typeof reasons;

interface ExpressionCase {
  readonly vector: ExpressionVector;
  readonly recorded: Value | { readonly err: string };
  readonly ours: Answer;
}

type ExpressionRules = Partial<Record<RuleName, (difference: ExpressionCase) => boolean>>;

/** Operators that tell 1.0 from 1 in the original. */
const typed = ["@eq", "@in", "@int", "@range"];

/** Operators that leave some of their arguments alone. */
const partial = ["@cond", "@switch", "@definedOr", "@and", "@or", "@noop", "@map", "@filter", "@any", "@all", "@none"];

/** What the original does otherwise, as a rewriting of the expression. */
const quirks = {
  none: noneIsFalse,
  "null-literal": nullIsFalse,
  "data-is-data": dataIsPath,
  "list-collapse": listsCollapse,
} as const;

/** An expression with some quirks of the original put into it. */
export interface Rewritten {
  readonly rules: readonly RuleName[];
  readonly ours: Answer;
}

/** What ours answers with each combination of quirks, those with fewer first. */
export function rewritten(vector: ExpressionVector): readonly Rewritten[] {
  const names = Object.keys(quirks) as (keyof typeof quirks)[];
  const combinations = Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_name, index) => (bits & (1 << index)) !== 0),
  );
  return combinations
    .sort((a, b) => a.length - b.length)
    .map((rules) => {
      const raw = rules.reduce<Json>((expression, rule) => quirks[rule](expression, vector), parsed(vector));
      const { obj, subj } = vector.in;
      const given = { rawexpr: JSON.stringify(raw), ...(obj === undefined ? {} : { obj }) };
      return { rules, ours: evaluated({ ...vector, in: { ...given, ...(subj === undefined ? {} : { subj }) } }) };
    });
}

function parsed(vector: ExpressionVector): Json {
  try {
    return JSON.parse(writtenExpression(vector)) as Json;
  } catch {
    return null;
  }
}

/** In the order in which they are asked. */
export const expressionRules: ExpressionRules = {
  extension: ({ vector, recorded }) => error(recorded) === "unknown-op" && uses(vector, extensions),
  "empty-text": ({ vector, recorded }) => error(recorded) === "parse" && writtenExpression(vector).includes('""'),
  "empty-key": ({ vector, recorded }) => error(recorded) === "panic" && writtenExpression(vector).includes('{"":'),
  "no-infinity": ({ recorded, ours }) =>
    "v" in recorded && recorded.nonfinite === true && error(ours) === "unencodable-number",
  "number-text": ({ recorded }) => JSON.stringify(recorded).includes("%!d(float64="),
  "item-of-nothing": ({ vector, ours }) =>
    writtenExpression(vector).includes('"$$') &&
    (refused(ours) ? error(ours) === "jsonpath" : vector.in.subj === null || holdsNull(vector.in.obj)),
  "before-objects": ({ vector, recorded, ours }) =>
    refused(ours) && ("err" in recorded || recorded.v === null || uses(vector, partial)),
  chance: ({ vector, recorded, ours }) =>
    uses(vector, ["@rnd"]) && "v" in recorded && "value" in ours && typeof recorded.v === typeof ours.value,
  "fixed-order": ({ vector }) => !vector.stable && writtenExpression(vector).includes('"$'),
  "one-number": ({ vector, recorded }) =>
    uses(vector, typed)
      ? /\d\.0+(?!\d)|\d[eE]/.test(vector.line ?? writtenExpression(vector))
      : /\d{16}/.test(`${writtenExpression(vector)} ${JSON.stringify(recorded)}`),
};

interface PipelineCase {
  readonly vector: PipelineVector;
  /** Everything that was recorded. */
  readonly recorded: readonly Step[] | { readonly err: string };
  /** The class of the fault for which we refused the pipeline. */
  readonly refused?: string;
  /** The event at which the answers differ, what was recorded there, and what we said. */
  readonly index?: number;
  readonly step?: Step;
  readonly moment?: Moment;
}

type PipelineRules = Partial<Record<RuleName, (difference: PipelineCase) => boolean>>;

/** In the order in which they are asked. */
export const pipelineRules: PipelineRules = {
  "released-form": ({ vector, recorded }) => "err" in recorded && text(vector).includes('"@aggregate"'),
  "before-objects": ({ refused: code, recorded }) => code !== undefined && JSON.stringify(recorded).includes('"err"'),
  "tick-asserts": ({ vector, index = -1, step }) =>
    vector.in.deltas[index]?.type === "SYNC" && step !== undefined && "err" in step,
  "no-invented-name": ({ step }) => JSON.stringify(step).includes("%!s(<nil>)"),
  "number-text": ({ step }) => JSON.stringify(step).includes("%!d(float64="),
  "empty-text": ({ vector, recorded }) => "err" in recorded && text(vector).includes('""'),
  remembered: ({ vector, moment }) => moment !== undefined && text(vector).includes('"@rnd"'),
  "fixed-order": ({ vector, step }) => step !== undefined && !vector.stable && /"@(?:gather|mux)"/.test(text(vector)),
  events: ({ vector, index = -1 }) => saysOtherwise(vector, index),
  quarantine: ({ recorded, index = -1, moment }) =>
    (!("err" in recorded) && recorded.slice(0, index + 1).some((one) => "err" in one)) || moment?.quarantined === true,
  claims: ({ moment }) => moment !== undefined && moment.claims > 1,
  "item-of-nothing": ({ vector }) =>
    text(vector).includes('"$$') && vector.in.deltas.some(({ object }) => holdsNull(object)),
  "data-is-data": ({ vector }) => vector.in.deltas.some(({ object }) => holdsPath(object)),
  none: ({ vector }) => text(vector).includes('"@none"'),
  "null-literal": ({ vector }) => /\bnull\b/.test(text(vector)),
  extension: ({ vector, recorded }) =>
    JSON.stringify(recorded).includes('"unknown-op"') && extensions.some((name) => text(vector).includes(`"${name}"`)),
  "empty-key": ({ vector, recorded }) => JSON.stringify(recorded).includes('"panic"') && text(vector).includes('{"":'),
  "one-number": ({ vector: { line = "" } }) => /\d\.0+(?!\d)|\d{16}/.test(line),
  "list-collapse": ({ vector }) => beginsWithList(vector.in.pipeline, subjectsOf(vector)),
};

/** What expressions of a pipeline may be about: its objects, alone and as a join shows them. */
function subjectsOf({ in: { deltas } }: PipelineVector): readonly Json[] {
  const objects = deltas.flatMap(({ object }) => object ?? []);
  const joined = Object.fromEntries(objects.map((object) => [(object as { readonly kind: string }).kind, object]));
  return [...objects, joined];
}

/** Whether a list is written somewhere whose first item is a list. */
function beginsWithList(raw: Json, subjects: readonly Json[]): boolean {
  if (typeof raw !== "object" || raw === null) return false;
  const inside = (Array.isArray(raw) ? raw : Object.values(raw)) as readonly Json[];
  if (inside.some((one) => beginsWithList(one, subjects))) return true;
  const first = Array.isArray(raw) ? inside[0] : undefined;
  if (Array.isArray(first)) return true;
  if (typeof first !== "string" || !first.startsWith("$.")) return false;
  const path = compileExpression(first);
  return path.problems === undefined && subjects.some((subject) => Array.isArray(path.evaluate(subject, around)));
}

const around = { now: "2026-01-31T12:00:00Z", random: () => 0 };

const text = (vector: PipelineVector): string => JSON.stringify(vector.in.pipeline);

function error(answer: object): string | undefined {
  return "err" in answer && typeof answer.err === "string" ? answer.err : undefined;
}

function refused(ours: Answer): boolean {
  return "refused" in ours && ours.refused;
}

function uses(vector: ExpressionVector, operators: readonly string[]): boolean {
  return operators.some((operator) => writtenExpression(vector).includes(`"${operator}"`));
}

function holdsNull(data: Json | undefined): boolean {
  return data !== undefined && /\bnull\b/.test(JSON.stringify(data));
}

function holdsPath(data: Json | undefined): boolean {
  return data !== undefined && /:\s*"\$|[[,]\s*"\$/.test(JSON.stringify(data));
}

/** Whether an event up to here is one that the original takes at its word: Added again, or Deleted otherwise than known. */
function saysOtherwise({ in: { deltas } }: PipelineVector, last: number): boolean {
  const known = new Map<string, string>();
  return deltas.slice(0, last + 1).some(({ type, object }) => {
    if (object === undefined) return false;
    const { kind, metadata } = object as { kind: string; metadata: { name: string; namespace?: string } };
    const key = `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
    const before = known.get(key);
    const now = JSON.stringify(object);
    if (type === "Deleted") {
      known.delete(key);
      return before !== now;
    }
    known.set(key, now);
    return type === "Added" && before !== undefined;
  });
}
