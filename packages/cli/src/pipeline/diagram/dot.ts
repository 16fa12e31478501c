import type { Diagram, DiagramNode } from "./diagram.ts";

/** The diagram as a graph in the language of Graphviz. */
export function dot({ nodes, edges }: Diagram): string {
  const stages = new Map(nodes.flatMap(({ id, kind, lines }) => (kind === "controller" ? [[id, lines.length]] : [])));
  const end = (id: string, which: "first" | "last"): string => {
    const count = stages.get(id) ?? 0;
    return count === 0 ? id : `${id}s${which === "first" ? 0 : count - 1}`;
  };
  const lines = [
    "digraph pipelines {",
    "  rankdir=LR;",
    '  node [shape=box, fontname="monospace"];',
    '  edge [fontname="monospace"];',
    ...nodes.flatMap(nodeLines),
    ...edges.map(({ from, to, label }) => {
      const attributes = label === "" ? "" : ` [label=${quoted(label)}]`;
      return `  ${end(from, "last")} -> ${end(to, "first")}${attributes};`;
    }),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function nodeLines({ id, kind, title, lines }: DiagramNode): readonly string[] {
  if (kind === "controller" && lines.length > 0)
    return [
      `  subgraph cluster_${id} {`,
      `    label=${quoted(title)};`,
      ...lines.map((line, index) => `    ${id}s${index} [label=${quoted(line)}];`),
      ...lines.slice(1).map((_, index) => `    ${id}s${index} -> ${id}s${index + 1};`),
      "  }",
    ];
  const looks = {
    controller: "shape=box",
    resource: 'style="rounded"',
    view: 'style="rounded,dashed"',
    trigger: "shape=ellipse",
  };
  return [`  ${id} [label=${quoted([title, ...lines].join("\n"))}, ${looks[kind]}];`];
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
