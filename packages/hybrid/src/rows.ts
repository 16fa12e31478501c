import { nameKey } from "@headgate/api";
import type { Collection } from "@headgate/delta";
import type { Doc } from "@headgate/pipeline";

import type { Row } from "./event.ts";

/** An object of a view as it comes out of a pipeline. */
export interface ViewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface ViewOptions<T> {
  /** The operator whose view it is; may be left out while only one has a view of that kind. */
  readonly operator?: string;
  /**
   * Checks an object and gives it its type: a schema's `parse`, for instance. It gets a copy. An object for which it throws is
   * not in the view until it changes for the better. Without it the objects are what the type parameter says, unchecked.
   */
  readonly parse?: (object: ViewObject) => T;
  /** Told of each object for which `parse` throws; default: a warning of the process. */
  readonly onRefused?: (error: unknown, object: { readonly namespace?: string; readonly name: string }) => void;
}

/** What a consumer is told of: the change of one row. */
export type RowListener<T> = (key: string, before: Row<T> | undefined, after: Row<T> | undefined) => void;

/** The rows of a view, and who listens to them. While nobody does, nothing is kept of them here. */
export interface Rows<T> {
  get(key: string): Row<T> | undefined;
  entries(): Iterable<readonly [string, Row<T>]>;
  /** Returns the function that ends it. */
  listen(listener: RowListener<T>): () => void;
}

/** The rows of a collection, each read once for all who listen. */
export function rowsOf<T>(
  kind: string,
  collection: Collection<Doc>,
  { parse = (object) => object as T, onRefused }: ViewOptions<T>,
): Rows<T> {
  const listeners = new Set<RowListener<T>>();
  let kept: { readonly rows: Map<string, Row<T>>; readonly end: () => void } | undefined;
  const read = (doc: Doc): Row<T> | undefined => {
    // The rows of the engine are shared; what leaves it is a copy, so that nobody can change them.
    const object = structuredClone(doc) as unknown as ViewObject;
    try {
      return { doc, object: parse(object) };
    } catch (error) {
      const { metadata } = object;
      if (onRefused !== undefined) onRefused(error, metadata);
      else process.emitWarning(`${kind} ${nameKey(metadata)} is left out of its view: ${String(error)}`);
      return undefined;
    }
  };
  const readAll = (): Map<string, Row<T>> => {
    const rows = new Map<string, Row<T>>();
    for (const [key, doc] of collection.entries()) {
      const row = read(doc);
      if (row !== undefined) rows.set(key, row);
    }
    return rows;
  };
  const follow = (rows: Map<string, Row<T>>): (() => void) =>
    collection.subscribe((changes) => {
      const late = ({ after }: { readonly after: unknown }): number => (after === undefined ? 0 : 1);
      // What is gone comes first, so that whoever hands out something scarce has it back before it is asked for again.
      for (const { key, after: doc } of [...changes].sort((a, b) => late(a) - late(b) || (a.key < b.key ? -1 : 1))) {
        const before = rows.get(key);
        const after = doc === undefined ? undefined : read(doc);
        if (after === undefined) rows.delete(key);
        else rows.set(key, after);
        if (before !== undefined || after !== undefined) for (const listener of listeners) listener(key, before, after);
      }
    });
  return {
    get: (key) => {
      if (kept !== undefined) return kept.rows.get(key);
      const doc = collection.get(key);
      return doc === undefined ? undefined : read(doc);
    },
    entries: () => kept?.rows ?? readAll(),
    listen: (listener) => {
      if (kept === undefined) {
        const rows = readAll();
        kept = { rows, end: follow(rows) };
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        kept?.end();
        kept = undefined;
      };
    },
  };
}
