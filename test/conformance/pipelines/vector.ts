import type { Json } from "@headgate/api";

/** An expression and what the original made of it. */
export interface ExpressionVector extends Recorded<Value> {
  readonly kind: "expr";
  readonly in: { readonly expr?: Json; readonly rawexpr?: string; readonly obj?: Json; readonly subj?: Json };
}

/** A pipeline, events, and what came out at each. */
export interface PipelineVector extends Recorded<readonly Step[]> {
  readonly kind: "pipeline";
  readonly in: { readonly sources: readonly string[]; readonly pipeline: Json; readonly deltas: readonly Delta[] };
}

export type Vector = ExpressionVector | PipelineVector;

interface Recorded<Out> {
  readonly id: string;
  /** The line of the file: JSON has lost by now how numbers were written. */
  readonly line?: string;
  readonly group: string;
  /** Whether the original always answers the same. */
  readonly stable: boolean;
  readonly out?: Out;
  readonly err?: string;
  /** What the original answered at different times. */
  readonly observed?: readonly Out[];
}

export interface Value {
  readonly v: Json;
  readonly nonfinite?: boolean;
}

export interface Delta {
  readonly type: string;
  readonly object?: Json;
}

/** What came out at one event: deltas, or an error. */
export type Step = readonly Delta[] | { readonly err: string };

/** Reads a file of vectors, one JSON text a line. */
export function readVectors(text: string): readonly Vector[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({ ...(JSON.parse(line) as Vector), line }));
}

/** The expression of a vector as it is written. */
export function writtenExpression({ in: { expr, rawexpr } }: ExpressionVector): string {
  return rawexpr ?? JSON.stringify(expr ?? null);
}
