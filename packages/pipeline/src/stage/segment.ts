import type { Surroundings } from "../expression/evaluate.ts";
import { DataFault } from "../problem.ts";
import type { Doc } from "../value.ts";
import type { LinearStage } from "./ast.ts";
import type { StageCounters } from "./counters.ts";
import { linear } from "./linear.ts";

/** What is left of a row that a pipeline cannot compute with: it stands for all rows that would have come of it. */
export class Quarantined {
  readonly fault: DataFault;

  constructor(fault: DataFault) {
    this.fault = fault;
  }

  /** Whether the other one says the same. */
  same(other: Quarantined): boolean {
    return this.fault.at === other.fault.at && this.fault.message === other.fault.message;
  }
}

/** Calls `compute`; a fault of the data becomes a value. */
export function quarantining<T>(at: string, compute: () => T): T | Quarantined {
  try {
    return compute();
  } catch (cause) {
    if (cause instanceof DataFault) return new Quarantined(cause);
    // Data can be nested deeper than the stack goes.
    if (cause instanceof RangeError) return new Quarantined(new DataFault("too-large", at, cause.message));
    throw cause;
  }
}

/** Hears of the rows after each stage. */
export type Watch = (stage: LinearStage, rows: readonly Doc[]) => void;

/** Stages that follow each other without a gather in between, as one function of a row. */
export interface Segment {
  readonly stages: readonly LinearStage[];
  /** All rows that come of a row, or the fault because of which none does. */
  run(row: Doc, around: Surroundings, watch?: Watch): readonly Doc[] | Quarantined;
}

/** Makes the function of some stages. What is not watched is counted. */
export function segment(stages: readonly LinearStage[], counters: (stage: LinearStage) => StageCounters): Segment {
  const steps = stages.map((stage) => ({ stage, step: linear(stage), counted: counters(stage) }));
  const run = (row: Doc, around: Surroundings, watch?: Watch): readonly Doc[] => {
    let rows: readonly Doc[] = [row];
    for (const { stage, step, counted } of steps) {
      try {
        const next = rows.length === 1 && rows[0] ? step(rows[0], around) : rows.flatMap((one) => step(one, around));
        if (watch === undefined) counted.add(rows.length, next.length);
        else watch(stage, next);
        rows = next;
      } catch (cause) {
        if (watch === undefined) counted.fail();
        throw cause;
      }
    }
    return rows;
  };
  return {
    stages,
    run: (row, around, watch) => quarantining(stages[0]?.at ?? "", () => run(row, around, watch)),
  };
}
