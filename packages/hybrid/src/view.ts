import type { Collection } from "@headgate/delta";
import type { Clock, Runner } from "@headgate/kube";
import type { Doc } from "@headgate/pipeline";

import type { ViewEvent } from "./event.ts";
import { events } from "./events.ts";
import { reconciler } from "./reconcile.ts";
import type { Reconcile, ReconcileOptions } from "./reconcile.ts";
import { rowsOf } from "./rows.ts";
import type { ViewOptions } from "./rows.ts";

/** The objects of a view, up to date with all that the pipelines were told. */
export interface View<T> {
  readonly kind: string;
  get(name: string, namespace?: string): T | undefined;
  /** All objects there are now, in no promised order. */
  objects(): readonly T[];
  /**
   * The changes of the view, for `for await`. Each iteration is a consumer of its own: what is there comes first, as Added, then
   * each change, without a gap and without a repetition. A consumer that is slower than the changes gets what came of several
   * changes of an object as one event, or as none when they cancel each other out; so what waits is never more than one entry
   * for each object. Ends when the signal aborts.
   */
  events(signal?: AbortSignal): AsyncIterable<ViewEvent<T>>;
  /**
   * Calls `handle` for each object that is there, and again for each change: for one object one call at a time, with its latest
   * state. When it throws, it is called again after a while, with the state of then, until it succeeds. Runs once.
   */
  reconcile(handle: Reconcile<T>, options?: ReconcileOptions<T>): Runner;
}

export function viewOf<T>(
  kind: string,
  collection: Collection<Doc>,
  options: ViewOptions<T> & { readonly clock: Clock },
): View<T> {
  const rows = rowsOf(kind, collection, options);
  return {
    kind,
    get: (name, namespace) => rows.get(namespace === undefined ? name : `${namespace}/${name}`)?.object,
    objects: () => [...rows.entries()].map(([, { object }]) => object),
    events: (signal) => events(rows, signal),
    reconcile: (handle, given = {}) =>
      reconciler(rows, handle, { name: `reconcile ${kind}`, clock: options.clock, ...given }),
  };
}
