import type { DiagramEdge } from "./diagram.ts";

export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Box {
  readonly x: number;
  readonly y: number;
}

/** An edge by the points that it goes through, from the right of one box to the left of another. */
export interface Routed {
  readonly edge: DiagramEdge;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** It leads to a layer that is not behind its own: it closes a circle. */
  readonly back: boolean;
}

export interface Layout {
  readonly boxes: readonly Placed[];
  readonly edges: readonly Routed[];
  readonly width: number;
  readonly height: number;
}

const between = { layers: 96, boxes: 28 };
const margin = 24;
const sweeps = 4;

interface Slot {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  y: number;
}

/**
 * Places boxes in layers from left to right, each behind those that lead to it, and within a layer near those that it is
 * connected with. The same for the same boxes and edges.
 */
export function layered(boxes: readonly Box[], edges: readonly DiagramEdge[]): Layout {
  const forward = withoutCircles(boxes, edges);
  const rank = ranks(boxes, forward);
  const rankOf = (id: string): number => rank.get(id) ?? 0;
  const layers: Slot[][] = [];
  const put = (layer: number, slot: Slot): void => {
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(slot);
  };
  for (const box of boxes) put(rankOf(box.id), { ...box, y: 0 });
  // Where an edge passes a layer by, it has a place of its own there.
  const links: (readonly [string, string])[] = [];
  const chains = new Map<DiagramEdge, readonly string[]>();
  for (const [index, edge] of forward.entries()) {
    const chain = [edge.from];
    for (let layer = rankOf(edge.from) + 1; layer < rankOf(edge.to); layer++) {
      const id = `${edge.from} ${edge.to} ${index} ${layer}`;
      put(layer, { id, width: 0, height: 0, y: 0 });
      chain.push(id);
    }
    chain.push(edge.to);
    chains.set(edge, chain);
    for (let at = 1; at < chain.length; at++) links.push([chain[at - 1] ?? "", chain[at] ?? ""]);
  }
  arrange(layers, links);
  return drawn({ boxes, edges, layers, chains });
}

/** The edges that are left when each one that leads back to where the walk came from is taken out. */
function withoutCircles(boxes: readonly Box[], edges: readonly DiagramEdge[]): readonly DiagramEdge[] {
  const open = new Set<string>();
  const done = new Set<string>();
  const back = new Set<DiagramEdge>();
  const visit = (id: string): void => {
    open.add(id);
    for (const edge of edges) {
      if (edge.from !== id) continue;
      if (open.has(edge.to)) back.add(edge);
      else if (!done.has(edge.to)) visit(edge.to);
    }
    open.delete(id);
    done.add(id);
  };
  const targets = new Set(edges.map(({ to }) => to));
  for (const { id } of boxes) if (!targets.has(id)) visit(id);
  for (const { id } of boxes) if (!done.has(id)) visit(id);
  return edges.filter((edge) => !back.has(edge));
}

/** The longest way to each box; what nothing leads to stands right before what it leads to. */
function ranks(boxes: readonly Box[], edges: readonly DiagramEdge[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const rank = (id: string): number => {
    const known = found.get(id);
    if (known !== undefined) return known;
    const value = Math.max(0, ...edges.filter(({ to }) => to === id).map(({ from }) => rank(from) + 1));
    found.set(id, value);
    return value;
  };
  for (const { id } of boxes) rank(id);
  for (const { id } of boxes) {
    const next = edges.filter(({ from }) => from === id).map(({ to }) => rank(to));
    if (next.length > 0 && !edges.some(({ to }) => to === id)) found.set(id, Math.min(...next) - 1);
  }
  return found;
}

/** Orders the slots of each layer by where their neighbours are, to and fro, then gives them their heights. */
function arrange(layers: readonly Slot[][], links: readonly (readonly [string, string])[]): void {
  const where = new Map<string, Slot>(layers.flat().map((slot) => [slot.id, slot]));
  const neighbours = (id: string, side: "before" | "behind"): readonly Slot[] =>
    links.flatMap(([from, to]) => {
      const other = side === "before" ? (to === id ? from : undefined) : from === id ? to : undefined;
      return where.get(other ?? "") ?? [];
    });
  const middle = ({ y, height }: Slot): number => y + height / 2;
  const wish = (slot: Slot, sides: readonly ("before" | "behind")[]): number => {
    const all = sides.flatMap((side) => neighbours(slot.id, side));
    return all.length === 0 ? middle(slot) : all.reduce((sum, one) => sum + middle(one), 0) / all.length;
  };
  for (const layer of layers) stack(layer);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const side = sweep % 2 === 0 ? "before" : "behind";
    for (const layer of side === "before" ? layers : layers.toReversed()) {
      const wishes = new Map(layer.map((slot) => [slot, wish(slot, [side])]));
      layer.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0));
      stack(layer);
    }
  }
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed())
      settle(
        layer,
        layer.map((slot) => wish(slot, ["before", "behind"]) - slot.height / 2),
      );
  const top = Math.min(...layers.flat().map(({ y }) => y));
  for (const slot of layers.flat()) slot.y += margin - top;
}

/** One below the other, the whole around 0. */
function stack(layer: readonly Slot[]): void {
  const height = layer.reduce((sum, slot) => sum + slot.height + between.boxes, -between.boxes);
  let y = -height / 2;
  for (const slot of layer) {
    slot.y = y;
    y += slot.height + between.boxes;
  }
}

/** As near to what is wished as the others of the layer allow: those that would overlap share what they miss. */
function settle(layer: readonly Slot[], wishes: readonly number[]): void {
  const down: number[] = [];
  const up: number[] = [];
  layer.forEach((slot, index) => {
    const before = layer[index - 1];
    const least = before === undefined ? -Infinity : (down[index - 1] ?? 0) + before.height + between.boxes;
    down.push(Math.max(wishes[index] ?? slot.y, least));
  });
  for (let index = layer.length - 1; index >= 0; index--) {
    const height = (layer[index]?.height ?? 0) + between.boxes;
    const most = index === layer.length - 1 ? Infinity : (up[index + 1] ?? 0) - height;
    up[index] = Math.min(wishes[index] ?? 0, most);
  }
  layer.forEach((slot, index) => {
    slot.y = ((down[index] ?? 0) + (up[index] ?? 0)) / 2;
  });
}

interface Arranged {
  readonly boxes: readonly Box[];
  readonly edges: readonly DiagramEdge[];
  readonly layers: readonly Slot[][];
  readonly chains: ReadonlyMap<DiagramEdge, readonly string[]>;
}

function drawn({ boxes, edges, layers, chains }: Arranged): Layout {
  const places = new Map<string, Placed>();
  let x = margin;
  for (const layer of layers) {
    const width = Math.max(0, ...layer.map((slot) => slot.width));
    for (const slot of layer)
      places.set(slot.id, {
        ...slot,
        x: Math.round(x + (slot.width === 0 ? 0 : (width - slot.width) / 2)),
        y: Math.round(slot.y),
      });
    // A way past a layer goes straight through all of it.
    for (const slot of layer)
      if (slot.width === 0) places.set(slot.id, { id: slot.id, x, y: Math.round(slot.y), width, height: 0 });
    x += width + between.layers;
  }
  const place = (id: string): Placed => places.get(id) ?? { id, x: 0, y: 0, width: 0, height: 0 };
  const routed = edges.map((edge): Routed => {
    const chain = chains.get(edge);
    const points = (chain ?? [edge.from, edge.to]).flatMap((id, index, all) => {
      const { x: left, y, width, height } = place(id);
      const middle = Math.round(y + height / 2);
      const ends: (readonly [number, number])[] = [];
      if (index > 0) ends.push([left, middle]);
      if (index < all.length - 1) ends.push([left + width, middle]);
      return ends;
    });
    return { edge, points, back: chain === undefined };
  });
  const all = boxes.map(({ id }) => place(id));
  const below = routed.some(({ back }) => back) ? 32 : 0;
  return {
    boxes: all,
    edges: routed,
    width: Math.max(0, ...all.map((one) => one.x + one.width)) + margin,
    height: Math.max(0, ...[...places.values()].map((one) => one.y + one.height)) + margin + below,
  };
}
