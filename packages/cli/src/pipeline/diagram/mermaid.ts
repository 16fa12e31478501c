import type { Diagram, DiagramNode } from "./diagram.ts";

/** The diagram as a Mermaid flowchart. */
export function mermaid({ nodes, edges }: Diagram): string {
  const first = (id: string): string => (stagesOf(nodes, id) > 0 ? `${id}s0` : id);
  const last = (id: string): string => (stagesOf(nodes, id) > 0 ? `${id}s${stagesOf(nodes, id) - 1}` : id);
  const views = nodes.filter(({ kind }) => kind === "view").map(({ id }) => id);
  const lines = [
    "flowchart LR",
    ...nodes.flatMap(nodeLines),
    ...edges.map(({ from, to, label }) => {
      const arrow = label === "" ? "-->" : `-->|${quoted(label)}|`;
      return `  ${last(from)} ${arrow} ${first(to)}`;
    }),
    ...(views.length === 0 ? [] : ["  classDef view stroke-dasharray:4 3", `  class ${views.join(",")} view`]),
  ];
  return `${lines.join("\n")}\n`;
}

function stagesOf(nodes: readonly DiagramNode[], id: string): number {
  const node = nodes.find((one) => one.id === id);
  return node?.kind === "controller" ? node.lines.length : 0;
}

function nodeLines({ id, kind, title, lines }: DiagramNode): readonly string[] {
  if (kind === "controller" && lines.length > 0)
    return [
      `  subgraph ${id}[${quoted(title)}]`,
      ...lines.map((line, index) => `    ${id}s${index}[${quoted(line)}]`),
      ...lines.slice(1).map((_, index) => `    ${id}s${index} --> ${id}s${index + 1}`),
      "  end",
    ];
  const text = quoted([title, ...lines].join("\n"));
  if (kind === "trigger") return [`  ${id}((${text}))`];
  return [kind === "controller" ? `  ${id}[[${text}]]` : `  ${id}([${text}])`];
}

/** In Mermaid's quotes, with entities for what would end them or be read as markup. */
function quoted(text: string): string {
  const safe = text.replaceAll(/[#&"<>`]/g, (found) => `#${found.charCodeAt(0)};`).replaceAll("\n", "<br/>");
  return `"${safe}"`;
}
