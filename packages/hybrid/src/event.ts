import { sameValue } from "@headgate/delta";
import type { Doc } from "@headgate/pipeline";

export type EventType = "Added" | "Updated" | "Deleted";

/** What became of one object of a view. */
export interface ViewEvent<T> {
  readonly type: EventType;
  /** Undefined for an object that is in no namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** The object as it is now; of one that is gone, as its consumer knew it last. It is a copy: nothing changes it later. */
  readonly object: T;
}

/** An object of a view: as the pipeline computed it, and as consumers get it. */
export interface Row<T> {
  readonly doc: Doc;
  readonly object: T;
}

export function sameRow(a: Row<unknown> | undefined, b: Row<unknown> | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sameValue(a.doc, b.doc));
}

/** The event of an object with that key: `namespace/name`, or just the name. */
export function eventOf<T>(type: EventType, key: string, { object }: Row<T>): ViewEvent<T> {
  const slash = key.indexOf("/");
  return { type, namespace: slash < 0 ? undefined : key.slice(0, slash), name: key.slice(slash + 1), object };
}
