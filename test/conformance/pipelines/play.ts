/** What our language makes of a vector. */
import type { Json, KubeObject } from "@headgate/api";
import { nameKey } from "@headgate/api";
import { compileExpression, DataFault, parseOperator, Pipelines } from "@headgate/pipeline";
import type { Doc, TargetDelta } from "@headgate/pipeline";

import type { Delta, ExpressionVector, PipelineVector, Step } from "./vector.ts";

const now = "2026-01-31T12:00:00Z";

/** The value of an expression, or the class of its error and whether it was refused before there was an object. */
export type Answer = { readonly value: Json } | { readonly err: string; readonly refused: boolean };

export function evaluated({ in: { expr, rawexpr, obj, subj } }: ExpressionVector): Answer {
  let raw: Json;
  try {
    raw = rawexpr === undefined ? (expr ?? null) : (JSON.parse(rawexpr) as Json);
  } catch {
    return { err: "parse", refused: true };
  }
  const compiled = compileExpression(raw, { item: subj !== undefined });
  if (compiled.problems !== undefined) return { err: compiled.problems[0]?.code ?? "", refused: true };
  try {
    return {
      value: compiled.evaluate(obj ?? {}, { now, random: () => 0, ...(subj === undefined ? {} : { item: subj }) }),
    };
  } catch (cause) {
    if (cause instanceof DataFault) return { err: cause.code, refused: false };
    throw cause;
  }
}

/** What a pipeline said at one event. */
export interface Moment {
  readonly step: Step;
  /** How many rows have claimed one key of the target, at most, up to here. */
  readonly claims: number;
  /** Whether a row has been left out, up to here. */
  readonly quarantined: boolean;
}

/** What a pipeline made of its events, or the class of the fault for which it was refused. */
export function played({
  in: { sources, pipeline, deltas },
}: PipelineVector): readonly Moment[] | { readonly err: string } {
  const { controllers, faulty } = parseOperator("test", {
    controllers: [
      {
        name: "vector",
        sources: sources.map((kind) => ({ apiGroup: "", kind })),
        pipeline,
        target: { kind: "Out" },
      },
    ],
  });
  const problem = faulty[0]?.problems[0];
  if (problem !== undefined) return { err: problem.code };
  const pipelines = new Pipelines(controllers, { now });
  const moments: Moment[] = [];
  for (const delta of deltas) {
    const last = moments.at(-1);
    moments.push(moment(pipelines, delta, last ?? { step: [], claims: 0, quarantined: false }));
  }
  return moments;
}

const controller = "test/vector";

const events = ["Added", "Updated", "Upserted", "Replaced", "Deleted", "SYNC"];

function moment(pipelines: Pipelines, delta: Delta, last: Moment): Moment {
  if (!events.includes(delta.type)) return { ...last, step: { err: "unknown-event" } };
  const { kind } = (delta.object ?? {}) as { readonly kind?: string };
  if (delta.type !== "SYNC" && !pipelines.feeds.some(({ resource }) => resource.kind === kind))
    return { ...last, step: { err: "input-mismatch" } };
  const known = new Set(pipelines.faults().map((fault) => JSON.stringify(fault)));
  // A tick of a Periodic source asserts what the target is to hold.
  const deltas = delta.type === "SYNC" ? [...pipelines.rows(controller).values()].map(upserted) : fed(pipelines, delta);
  const faults = pipelines.faults().filter((fault) => !known.has(JSON.stringify(fault)));
  const claims = [...pipelines.rows(controller).keys()].map(
    (key) => pipelines.explain(controller, key)?.because.length ?? 0,
  );
  const [fault] = faults;
  return {
    step: fault !== undefined && deltas.length === 0 ? { err: fault.code } : deltas,
    claims: Math.max(last.claims, ...claims),
    quarantined: last.quarantined || faults.length > 0,
  };
}

function fed(pipelines: Pipelines, { type, object }: Delta): readonly Delta[] {
  const of = object as unknown as KubeObject;
  const key = nameKey(of.metadata);
  return pipelines
    .apply([{ feed: `core/*/${of.kind}`, key, object: type === "Deleted" ? undefined : of }], now)
    .map(shown);
}

function shown({ type, object }: TargetDelta): Delta {
  return { ...upserted(object), type: type === "Deleted" ? "Deleted" : "Upserted" };
}

function upserted(object: Doc): Delta {
  const fields = Object.entries(object).filter(([name]) => name !== "apiVersion" && name !== "kind");
  return { type: "Upserted", object: Object.fromEntries(fields) };
}
