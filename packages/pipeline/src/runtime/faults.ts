import type { Collection, Explanation, Key } from "@headgate/delta";

import type { FaultCode } from "../problem.ts";
import { Quarantined } from "../stage/segment.ts";

/** Objects that a pipeline cannot compute with: their rows are left out until one of them changes for the better. */
export interface RowFault {
  /** `operator/name` of the controller. */
  readonly controller: string;
  /** The stage or expression, as its place in the YAML. */
  readonly at: string;
  readonly code: FaultCode;
  readonly message: string;
  /** The objects of feeds that the row was computed from, the first ten. */
  readonly objects: readonly { readonly feed: string; readonly key: string }[];
}

const maxObjects = 10;

/** Keeps what is quarantined, up to date with each turn. */
export class FaultBook {
  readonly #explain: (collection: Collection<unknown>, key: Key) => Explanation | undefined;
  readonly #entries: { controller: string; collection: Collection<unknown>; rows: Map<Key, Quarantined> }[] = [];

  constructor(explain: (collection: Collection<unknown>, key: Key) => Explanation | undefined) {
    this.#explain = explain;
  }

  watch(controller: string, collection: Collection<unknown>): void {
    const rows = new Map<Key, Quarantined>();
    this.#entries.push({ controller, collection, rows });
    collection.subscribe((changes) => {
      for (const { key, after } of changes)
        if (after instanceof Quarantined) rows.set(key, after);
        else rows.delete(key);
    });
  }

  list(): readonly RowFault[] {
    return this.#entries.flatMap(({ controller, collection, rows }) =>
      [...rows].map(([key, { fault }]) => ({
        controller,
        at: fault.at,
        code: fault.code,
        message: fault.message,
        objects: leaves(this.#explain(collection, key)),
      })),
    );
  }

  /** How many rows are quarantined, for each controller that has some. */
  count(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { controller, rows } of this.#entries)
      if (rows.size > 0) counts.set(controller, (counts.get(controller) ?? 0) + rows.size);
    return counts;
  }
}

/** The objects of feeds that an explanation leads to, the first ten. */
export function leaves(explanation: Explanation | undefined): { readonly feed: string; readonly key: string }[] {
  const found = new Map<string, { readonly feed: string; readonly key: string }>();
  const visit = ({ collection, key, because }: Explanation): void => {
    if (found.size >= maxObjects) return;
    if (because.length === 0) found.set(`${collection} ${key}`, { feed: collection, key });
    because.forEach(visit);
  };
  if (explanation !== undefined) visit(explanation);
  return [...found.values()];
}
