import { describe, expect, test } from "vitest";

import { visualizePipelines } from "../../src/commands/pipeline/visualize.ts";
import type { VisualizeOptions } from "../../src/commands/pipeline/visualize.ts";
import { layered } from "../../src/pipeline/diagram/layout.ts";
import { shopOperator, written } from "./operators.ts";

const write = written();
let files = 0;

async function drawn(text: string, output: VisualizeOptions["output"]): Promise<string> {
  const { out } = await visualizePipelines({ filename: [write(`${files++}.yaml`, text)], operator: "op", output });
  return out;
}

/** Filters, a trigger, a clock, a patch that closes a circle, and text that every format has to escape. */
const odd = `controllers:
  - name: 'q"<&>'
    sources: [{ apiGroup: "", kind: Pod, namespace: x, labelSelector: {}, as: P }, { kind: Once, type: OneShot }]
    pipeline: { "@join": true, "@aggregate": [{ "@demux": $.P.spec.containers }, { "@project": { metadata: { name: x } } }] }
    target: { kind: View }
  - name: back
    sources: [{ kind: View, predicate: LabelChanged }, { kind: Timer, type: Periodic, parameters: { period: 30s } }]
    target: { apiGroup: "", kind: Pod, type: Patcher }
`;

describe("headgate pipeline visualize", () => {
  test("Mermaid: controllers with their stages between resources and views", async () => {
    expect(await drawn(shopOperator, "mermaid")).toBe(`flowchart LR
  r0(["Service<br/>core"])
  r1(["PortView<br/>view of shop"])
  r2(["EndpointSlice<br/>discovery.k8s.io"])
  r3(["ConfigMap<br/>core"])
  subgraph c0["shop/ports"]
    c0s0["@select @eq"]
    c0s1["@unwind $.spec.ports"]
    c0s2["@project"]
    c0s0 --> c0s1
    c0s1 --> c0s2
  end
  subgraph c1["shop/notes"]
    c1s0["@join PortView × Slice"]
    c1s1["@project"]
    c1s0 --> c1s1
  end
  r0 --> c0s0
  c0s2 --> r1
  r1 --> c1s0
  r2 -->|"as Slice"| c1s0
  c1s1 --> r3
  classDef view stroke-dasharray:4 3
  class r1 view
`);
    const text = await drawn(odd, "mermaid");
    expect(text).toContain('subgraph c0["op/q#34;#60;#38;#62;"]');
    expect(text).toContain('r0 -->|"as P, in x, by labels"| c0s0');
    expect(text).toContain('(("Timer<br/>every 30 s"))');
    expect(text).toContain('c1[["op/back"]]');
    expect(text).toContain('c1 -->|"patches"| r0');
  });

  test("DOT: the same graph", async () => {
    const text = await drawn(odd, "dot");
    expect(text).toMatch(/^digraph pipelines \{\n[^]*\n\}\n$/);
    expect(text).toContain('label="op/q\\"<&>";');
    expect(text).toContain('c0s1 [label="@demux $.P.spec.containers"];');
    expect(text).toContain('r2 [label="View\\nview of op", style="rounded,dashed"];');
    expect(text).toContain('c1 -> r0 [label="patches"];');
  });

  test("SVG: every text is in it, escaped, no box lies on another, and none sticks out", async () => {
    for (const text of [shopOperator, odd]) {
      const picture = await drawn(text, "svg");
      const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(picture) ?? []).map(Number);
      const boxes = [...picture.matchAll(/<g><rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)].map(
        ([, x, y, w, h]) => ({
          left: Number(x),
          top: Number(y),
          right: Number(x) + Number(w),
          bottom: Number(y) + Number(h),
        }),
      );
      expect(boxes.length).toBe(6);
      for (const [index, a] of boxes.entries()) {
        expect(a.left >= 0 && a.top >= 0 && a.right <= width && a.bottom <= height).toBe(true);
        for (const b of boxes.slice(index + 1))
          expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(true);
      }
      expect(picture).not.toMatch(/NaN|undefined|Infinity/);
    }
    const picture = await drawn(odd, "svg");
    expect(picture).toContain(">op/q&#34;&#60;&#38;&#62;</text>");
    expect(picture).toContain(">@demux $.P.spec.containers</text>");
    expect(picture.match(/stroke="#a33"/g)).toHaveLength(1);
  });

  test("the same each time", async () => {
    expect(await drawn(odd, "svg")).toBe(await drawn(odd, "svg"));
  });

  test("a pipeline with faults is not drawn: it is an error that names them", async () => {
    await expect(drawn(shopOperator.replace("@unwind", "@unwnd"), "svg")).rejects.toThrow(
      /:14:11: .*there is no operation @unwnd/,
    );
  });
});

test("a layer is behind all that lead to it, also past other layers", () => {
  const boxes = ["a", "b", "c", "d"].map((id) => ({ id, width: 10, height: 10 }));
  const edge = (from: string, to: string) => ({ from, to, label: "" });
  const { boxes: placed, edges } = layered(boxes, [
    edge("a", "b"),
    edge("b", "c"),
    edge("a", "c"),
    edge("d", "c"),
    edge("c", "b"),
  ]);
  const x = Object.fromEntries(placed.map((one) => [one.id, one.x]));
  expect(x["a"]).toBeLessThan(x["b"] ?? 0);
  expect(x["b"]).toBeLessThan(x["c"] ?? 0);
  expect(x["d"]).toBe(x["b"]);
  expect(edges.map(({ back }) => back)).toEqual([false, false, false, false, true]);
  expect(edges[2]?.points).toHaveLength(4);
});
