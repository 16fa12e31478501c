import { viewGroupSuffix } from "@headgate/pipeline";
import type { Pipelines } from "@headgate/pipeline";
import { Counter, Gauge, Histogram } from "prom-client";
import type { Registry } from "prom-client";

import { shortName } from "./names.ts";

/** What is measured while pipelines run; all else is read from them when it is asked for. */
export interface PipelineMetrics {
  /** Records that a controller was evaluated for so many milliseconds in a turn. */
  readonly evaluated: (controller: string, ms: number) => void;
  /** Drops what was measured of all other controllers. */
  readonly keep: (controllers: readonly string[]) => void;
}

const ofController = ["operator", "controller"] as const;
const ofStage = [...ofController, "stage"] as const;

/** The metrics of pipelines. Each series goes with its controller. */
export function pipelineMetrics(registers: Registry[], pipelines: () => Pipelines | undefined): PipelineMetrics {
  const perStage = (
    name: string,
    help: string,
    value: (stage: { in: number; out: number; faults: number }) => number,
  ): void => {
    new Counter({
      name,
      help,
      registers,
      labelNames: ofStage,
      collect() {
        this.reset();
        for (const [id, stages] of pipelines()?.stats() ?? [])
          for (const [index, { operation, rowsIn, rowsOut, faults }] of stages.entries())
            this.inc(
              { ...labelsOf(id), stage: `${String(index)} ${operation}` },
              value({ in: rowsIn, out: rowsOut, faults }),
            );
      },
    });
  };
  perStage("headgate_pipeline_stage_rows_in_total", "Rows that a stage was computed for", (stage) => stage.in);
  perStage("headgate_pipeline_stage_rows_out_total", "Rows that came of them", (stage) => stage.out);
  perStage("headgate_pipeline_stage_faults_total", "Rows that a stage could not compute with", (stage) => stage.faults);

  new Gauge({
    name: "headgate_pipeline_rows_left_out",
    help: "Rows that are left out now, because a controller cannot compute with them",
    registers,
    labelNames: ofController,
    collect() {
      this.reset();
      const all = pipelines();
      const counts = all?.faultCounts();
      for (const { id } of all?.controllers ?? []) this.set(labelsOf(id), counts?.get(id) ?? 0);
    },
  });
  new Gauge({
    name: "headgate_pipeline_view_objects",
    help: "Objects in a view",
    registers,
    labelNames: ["operator", "view"],
    collect() {
      this.reset();
      for (const { group, kind, size } of pipelines()?.views() ?? [])
        this.set({ operator: shortName(group.replace(`.${viewGroupSuffix}`, "")), view: shortName(kind) }, size);
    },
  });

  const time = new Histogram({
    name: "headgate_pipeline_evaluation_seconds",
    help: "How long a controller was evaluated in one turn",
    registers,
    labelNames: ofController,
    buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  });
  const measured = new Set<string>();
  return {
    evaluated: (controller, ms) => {
      measured.add(controller);
      time.observe(labelsOf(controller), ms / 1000);
    },
    keep: (controllers) => {
      const kept = new Set(controllers);
      for (const id of measured) {
        if (kept.has(id)) continue;
        measured.delete(id);
        time.remove(labelsOf(id));
      }
    },
  };
}

/** Names as labels bear them: long ones are shortened. */
function labelsOf(id: string): { operator: string; controller: string } {
  const slash = id.indexOf("/");
  return { operator: shortName(id.slice(0, slash)), controller: shortName(id.slice(slash + 1)) };
}
