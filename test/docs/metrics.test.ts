import { readFileSync } from "node:fs";
import { parseOperator, Pipelines } from "@headgate/pipeline";
import { expect, test } from "vitest";
import { metrics } from "../../packages/operator/src/metrics.ts";
import { tableRows } from "../../tools/docs/markdown.ts";
import { root } from "../../tools/root.ts";

const page = readFileSync(`${root}docs/reference/metrics.md`, "utf8");

test("the reference lists the operator's own metrics with type and labels, no more and no less", async () => {
  const watch = { kind: "Pod", lastEventAge: 1, relists: 1, reconnects: 0, misses: 0 };
  const stage = { "@select": true };
  const { controllers } = parseOperator("op", {
    controllers: [{ name: "c", sources: [{ apiGroup: "", kind: "A" }], pipeline: [stage], target: { kind: "V" } }],
  });
  const pipelines = new Pipelines(controllers, { now: "2026-01-01T00:00:00Z" });
  const endpoint = { policy: { namespace: "n", name: "p" }, id: "e", type: "http", strategy: "primary", ready: true };
  const measured = metrics({
    managedPods: () => 1,
    pendingWrites: () => 0,
    leading: () => true,
    watches: () => [watch],
    endpoints: () => [endpoint],
    pipelines: () => pipelines,
  });
  measured.pipelines.evaluated("op/c", 1);
  measured.reconciled("pod-routes", "success", 0.1);
  measured.refused({ verb: "list", resource: "pods" });
  const all = await measured.registry.getMetricsAsJSON();
  const own = all.filter(({ name }) => !/^(process|nodejs)_/.test(name));
  const described = own.map(({ name, type, values }) => {
    const labels = new Set(values.flatMap((value) => Object.keys(value.labels)));
    labels.delete("le");
    return [name, String(type), [...labels].join(", ")];
  });
  const documented = tableRows(page, "Metrics of the operator").map(([name, type, labels]) => [name, type, labels]);
  expect(documented.toSorted()).toEqual(described.toSorted());
});
