import type { KubeObject } from "@headgate/api";
import { sameValue } from "@headgate/delta";
import type { Doc } from "@headgate/pipeline";

import type { ViewKind } from "./kinds.ts";
import type { Versions } from "./versions.ts";
import { viewObject } from "./view-object.ts";

export interface ViewEvent {
  readonly version: number;
  readonly key: string;
  /** Undefined: it was not there. */
  readonly before: KubeObject | undefined;
  /** Undefined: it is gone. */
  readonly after: KubeObject | undefined;
}

/** The objects of one view, and their latest changes. */
export interface History {
  readonly kind: ViewKind;
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** Whether the view is gone: nothing will be heard of it any more. */
  readonly closed: boolean;
  set(key: string, row: Doc | undefined): void;
  /** What was, in place of what is: all keys that are not among the rows are gone. */
  replace(rows: ReadonlyMap<string, Doc>): void;
  /** The changes after a version in their order; undefined when some of them are forgotten. */
  since(version: number): readonly ViewEvent[] | undefined;
  /** The objects as they were at a version; undefined when that is forgotten. */
  at(version: number): ReadonlyMap<string, KubeObject> | undefined;
  /** Calls after each change, and when the view is gone; gives what ends that. */
  subscribe(changed: () => void): () => void;
  /** The view is written by others from now on. */
  adopt(kind: ViewKind): void;
  /** The view is gone with all its objects. */
  close(): void;
}

/** A history of at most `depth` changes, without objects yet. */
export function history(first: ViewKind, versions: Versions, depth: number): History {
  const rows = new Map<string, Doc>();
  const objects = new Map<string, KubeObject>();
  const listeners = new Set<() => void>();
  let events: ViewEvent[] = [];
  let forgotten = versions.last();
  let kind = first;
  let closed = false;

  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const change = (key: string, row: Doc | undefined): boolean => {
    const old = rows.get(key);
    if (old === row || (old !== undefined && row !== undefined && sameValue(old, row))) return false;
    const before = objects.get(key);
    const version = versions.next();
    const text = versions.text(version);
    const after = row === undefined ? undefined : viewObject(row, kind, text);
    if (row === undefined || after === undefined) {
      rows.delete(key);
      objects.delete(key);
    } else {
      rows.set(key, row);
      objects.set(key, after);
    }
    // What is gone says when that was.
    const shown = after === undefined && before !== undefined ? atVersion(before, text) : before;
    events.push({ version, key, before: shown, after });
    // Cut now and then, not each time: that costs as much as there is.
    if (events.length >= 2 * depth) {
      forgotten = events.at(-depth - 1)?.version ?? forgotten;
      events = events.slice(-depth);
    }
    return true;
  };

  const since: History["since"] = (version) => {
    if (version < forgotten) return undefined;
    const first = events.findIndex((event) => event.version > version);
    return first < 0 ? [] : events.slice(first);
  };
  const replace: History["replace"] = (all) => {
    const gone = [...rows.keys()].filter((key) => !all.has(key)).map((key) => change(key, undefined));
    const there = [...all].map(([key, row]) => change(key, row));
    if (gone.includes(true) || there.includes(true)) tell();
  };
  return {
    get kind() {
      return kind;
    },
    objects,
    get closed() {
      return closed;
    },
    set: (key, row) => {
      if (change(key, row)) tell();
    },
    replace,
    since,
    at: (version) => {
      const later = since(version);
      if (later === undefined || later.length === 0) return later && objects;
      const then = new Map(objects);
      for (const { key, before } of later.toReversed()) {
        if (before === undefined) then.delete(key);
        else then.set(key, before);
      }
      return then;
    },
    subscribe: (changed) => {
      listeners.add(changed);
      return () => {
        listeners.delete(changed);
      };
    },
    adopt: (other) => {
      kind = other;
    },
    close: () => {
      replace(new Map());
      closed = true;
      tell();
    },
  };
}

function atVersion(object: KubeObject, resourceVersion: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
