import { filter, groupBy, map, union, unpairKey } from "@headgate/delta";
import type { Collection } from "@headgate/delta";

import type { Doc } from "../value.ts";
import { decided } from "./mount.ts";
import type { Claimed } from "./mount.ts";
import { patched } from "./patch.ts";

/** What one controller gives to an object of a view. What comes in from outside of a circle is one layer, at position -1. */
export interface Layer {
  readonly position: number;
  /** It is merged onto the layers below instead of taking their place. */
  readonly patch: boolean;
  readonly object: Doc;
}

/** All that is given to one object, in the order in which it is put together. */
export type Layers = readonly Layer[];

/** Who writes a view. */
export interface ViewWriter {
  readonly id: string;
  /** Its place among all controllers. */
  readonly position: number;
  readonly patch: boolean;
  /** It reads, directly or through others, what it writes. */
  readonly inner: boolean;
  readonly rows: Collection<Claimed>;
}

/** The object as the layers below a position left it; undefined when there is none to be patched. */
export function asLeft(layers: Layers, below = Number.POSITIVE_INFINITY): Doc | undefined {
  let object: Doc | undefined;
  for (const layer of layers) {
    if (layer.position >= below) break;
    if (!layer.patch) object = layer.object;
    else if (object !== undefined) object = patched(object, layer.object);
  }
  return object;
}

/** The object as a controller of the circle reads it: as those before it left it, or else as all of them did. */
export function asRead(layers: Layers, position: number): Doc | undefined {
  return asLeft(layers, position) ?? asLeft(layers);
}

/** The layers of each object of a view. */
export function layersOf(id: string, writers: readonly ViewWriter[]): Collection<Layers> {
  const byId = new Map(writers.map((writer) => [writer.id, writer]));
  return groupBy(union({ name: id }, Object.fromEntries(writers.map(({ id: tag, rows }) => [tag, rows]))), {
    name: id,
    by: (_row, key) => unpairKey(key)[1],
    reduce: (rows): Layers => {
      const made = rows.map(([key, { object }]) => ({ writer: byId.get(unpairKey(key)[0]), object }));
      const base = decided(made.flatMap(({ writer, object }) => (isBase(writer) ? [object] : [])));
      const others = made.flatMap(({ writer, object }): readonly Layer[] =>
        writer === undefined || isBase(writer) ? [] : [{ position: writer.position, patch: writer.patch, object }],
      );
      return [
        ...(base === undefined ? [] : [{ position: -1, patch: false, object: base.object }]),
        ...others.sort((a, b) => a.position - b.position),
      ];
    },
  });
}

function isBase(writer: ViewWriter | undefined): boolean {
  return writer !== undefined && !writer.patch && !writer.inner;
}

/** The objects that layers come to. */
export function objectsIn(id: string, layers: Collection<Layers>): Collection<Doc> {
  const there = filter(layers, { name: id, where: (all): all is Layers => asLeft(all) !== undefined });
  return map(there, { name: id, row: (all) => asLeft(all) ?? {} });
}

/** The objects that layers come to for a controller of the circle at a position. */
export function objectsReadAt(id: string, layers: Collection<Layers>, position: number): Collection<Doc> {
  const there = filter(layers, { name: id, where: (all): all is Layers => asRead(all, position) !== undefined });
  return map(there, { name: id, row: (all) => asRead(all, position) ?? {} });
}
