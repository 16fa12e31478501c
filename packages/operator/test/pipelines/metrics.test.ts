import { parseOperator, Pipelines } from "@headgate/pipeline";
import { Registry } from "prom-client";
import { afterEach, describe, expect, test, vi } from "vitest";

import { pipelineMetrics } from "../../src/pipelines/index.ts";
import { openStage, operatorRef, patience } from "./stage.ts";
import type { Stage } from "./stage.ts";

const now = "2026-01-31T12:00:00Z";

describe("the metrics of pipelines", () => {
  test("count the rows of each stage and the objects of each view, and end with their controller", async () => {
    const operator = (name: string): ReturnType<typeof parseOperator>["controllers"] =>
      parseOperator(name, {
        controllers: [
          {
            name: "c",
            sources: [{ apiGroup: "", kind: "A" }],
            pipeline: [{ "@select": { "@lt": ["$.n", 10] } }, { "@unwind": "$.l" }],
            target: { kind: "V" },
          },
        ],
      }).controllers;
    const long = "x".repeat(200);
    const registry = new Registry();
    const one = operator("one");
    const pipelines = new Pipelines([...one, ...operator(long)], { now });
    const measured = pipelineMetrics([registry], () => pipelines);
    const object = (name: string, n: unknown): object => ({
      feed: "core/*/A",
      key: name,
      object: { apiVersion: "v1", kind: "A", metadata: { name }, n, l: [1, 2] },
    });
    pipelines.apply([object("a", 1), object("b", 20), object("c", "bad")] as never, now);
    measured.evaluated("one/c", 3);
    measured.evaluated(`${long}/c`, 3);

    const samples = async (): Promise<string[]> => (await registry.metrics()).split("\n");
    const series = {
      stage: '{operator="one",controller="c",stage="0 @select"}',
      of: '{operator="one",controller="c"}',
    };
    expect(await samples()).toEqual(
      expect.arrayContaining([
        `headgate_pipeline_stage_rows_in_total${series.stage} 3`,
        `headgate_pipeline_stage_rows_out_total${series.stage} 1`,
        `headgate_pipeline_stage_faults_total${series.stage} 1`,
        'headgate_pipeline_stage_rows_out_total{operator="one",controller="c",stage="1 @unwind"} 2',
        `headgate_pipeline_rows_left_out${series.of} 1`,
        'headgate_pipeline_view_objects{operator="one",view="V"} 2',
        `headgate_pipeline_evaluation_seconds_count${series.of} 1`,
      ]),
    );
    expect(await registry.metrics()).not.toContain(long);

    pipelines.setControllers(one, now);
    measured.keep(pipelines.controllers.map(({ id }) => id));
    const left = (await samples()).filter((line) => line.startsWith("headgate_"));
    expect(left.filter((line) => !line.includes('operator="one"'))).toEqual([]);
    expect(left.length).toBeGreaterThan(10);
    pipelines.setControllers([], now);
    measured.keep([]);
    expect((await samples()).filter((line) => line.startsWith("headgate_"))).toEqual([]);
  });
});

describe("an operator", () => {
  let stage: Stage | undefined;
  afterEach(() => stage?.close());

  test("shows what its pipelines do, and nothing of an Operator that is gone", async () => {
    const shown = await openStage();
    stage = shown;
    shown.serve();
    await shown.create(`
apiVersion: dcontroller.io/v1alpha1
kind: Operator
metadata: { name: shown }
spec:
  controllers: [{ name: c, sources: [{ apiGroup: "", kind: Namespace }], pipeline: [{ "@select": true }], target: { kind: V } }]
`);
    await vi.waitFor(async () => {
      const lines = await shown.measured();
      expect(lines).toContainEqual(
        expect.stringMatching(/^headgate_pipeline_view_objects\{operator="shown",view="V"\} [1-9]/),
      );
      expect(lines).toContainEqual(
        expect.stringMatching(/^headgate_pipeline_evaluation_seconds_count\{operator="shown",controller="c"\} [1-9]/),
      );
    }, patience);
    await shown.client.delete(operatorRef("shown"));
    await vi.waitFor(async () => {
      expect(await shown.measured()).toEqual([]);
    }, patience);
  });
});
