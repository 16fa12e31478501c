import type { Diagram, DiagramNode } from "./diagram.ts";
import { layered } from "./layout.ts";
import type { Layout, Placed, Routed } from "./layout.ts";

/** Of a monospaced font of 12 pixels. */
const letter = 7.3;
const line = 18;
const padding = 12;

/** The diagram as a picture. It needs no font but a monospaced one, and nothing from elsewhere. */
export function svg(diagram: Diagram): string {
  const { nodes, edges } = diagram;
  const layout = layered(nodes.map(boxOf), edges);
  const { width, height } = layout;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">`,
    "<title>Pipelines: resources, views and the controllers between them</title>",
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#556"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...layout.edges.map((edge) => edgeText(edge, layout)),
    ...nodes.flatMap((node, index) => {
      const box = layout.boxes[index];
      return box === undefined ? [] : nodeText(node, box);
    }),
    ...layout.edges.flatMap((edge) => labelText(edge, layout)),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

function boxOf({ id, title, lines }: DiagramNode): {
  readonly id: string;
  readonly width: number;
  readonly height: number;
} {
  const longest = Math.max(title.length, ...lines.map((text) => text.length));
  return { id, width: Math.ceil(longest * letter) + 2 * padding, height: (lines.length + 1) * line + padding };
}

const looks: Readonly<Record<DiagramNode["kind"], string>> = {
  controller: 'rx="3" fill="#f4f6fb" stroke="#3b5bab"',
  resource: 'rx="14" fill="#eef7ee" stroke="#2f7d3b"',
  view: 'rx="14" fill="#fff8e6" stroke="#a06c00" stroke-dasharray="5 3"',
  trigger: 'rx="24" fill="#f6eef9" stroke="#7a3f94"',
};

function nodeText({ kind, title, lines }: DiagramNode, { x, y, width, height }: Placed): readonly string[] {
  const centred = kind !== "controller";
  const at = centred ? x + width / 2 : x + padding;
  const anchor = centred ? ' text-anchor="middle"' : "";
  const row = (text: string, index: number, more: string): string =>
    `<text x="${at}" y="${y + line * (index + 1) + 2}"${anchor}${more}>${escaped(text)}</text>`;
  return [
    `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" ${looks[kind]}/>`,
    row(title, 0, ' font-weight="bold"'),
    ...(kind === "controller" && lines.length > 0
      ? [`<path d="M${x} ${y + line + 8}h${width}" stroke="#3b5bab" stroke-width="0.5"/>`]
      : []),
    ...lines.map((text, index) => row(text, index + 1, centred ? ' fill="#555"' : "")),
    "</g>",
  ];
}

function edgeText({ points, back }: Routed, { height }: Layout): string {
  const [start, ...rest] = points;
  if (start === undefined) return "";
  if (back) {
    const [end = start] = rest;
    // Below everything, and up and down between layers.
    const path = `M${start.join(" ")}h${bend}V${lowest(height)}H${end[0] - bend}V${end[1]}H${end[0]}`;
    return `<path d="${path}" fill="none" stroke="#a33" stroke-dasharray="6 3" marker-end="url(#tip)"/>`;
  }
  let path = `M${start.join(" ")}`;
  let [fromX, fromY] = start;
  for (const [x, y] of rest) {
    const half = Math.round((fromX + x) / 2);
    path += y === fromY ? `H${x}` : `C${half} ${fromY} ${half} ${y} ${x} ${y}`;
    [fromX, fromY] = [x, y];
  }
  return `<path d="${path}" fill="none" stroke="#556" marker-end="url(#tip)"/>`;
}

const bend = 20;

function lowest(height: number): number {
  return height - 20;
}

/** In the first gap that the edge crosses. */
function labelText({ edge, points, back }: Routed, { height }: Layout): readonly string[] {
  const [start, next] = points;
  if (edge.label === "" || start === undefined || next === undefined) return [];
  const x = Math.round((start[0] + next[0]) / 2);
  const y = (back ? lowest(height) : Math.round((start[1] + next[1]) / 2)) - 5;
  const halo = 'stroke="#fff" stroke-width="4" paint-order="stroke"';
  return [
    `<text x="${x}" y="${y}" text-anchor="middle" font-size="10" fill="#333" ${halo}>${escaped(edge.label)}</text>`,
  ];
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);
}
