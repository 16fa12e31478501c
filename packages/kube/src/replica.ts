import type { KubeObject } from "@headgate/api";
import { nameKey } from "@headgate/api";
import { compareVersions, isOlder } from "./version.ts";

/** What a reflector tells about the objects it follows: each one's newest state, and nothing twice. */
export interface Sink {
  /** All objects there are; what is not among them is gone. */
  replace(objects: readonly KubeObject[]): void;
  upsert(object: KubeObject): void;
  /** The object in its last known state. */
  remove(object: KubeObject): void;
}

/** What a comparing list found: how many objects had to be put right, and whether the server's history is a new one. */
export interface Comparison {
  readonly healed: number;
  readonly wentBack: boolean;
}

/** Our copy of a collection, fed by lists and watch events in any order, with repeats. */
export interface Replica {
  readonly size: number;
  /** The version that a watch resumes from; undefined when only a list can tell. */
  readonly position: string | undefined;
  /** Events that told nothing new. */
  readonly stale: number;
  /** Objects that a comparing list had to put right and whose event never came. */
  readonly misses: number;
  /** A list is truth: after a start, or when the history that a watch needs is gone. */
  reset(objects: readonly KubeObject[], version: string): void;
  upsert(object: KubeObject): void;
  remove(object: KubeObject): void;
  bookmark(version: string): void;
  /** Call before the first page of a list that is to be compared while the watch goes on. */
  beginComparison(): void;
  /** Compares with the list that was begun, puts the sink right, and begins to count misses. Nothing if a reset came between. */
  compare(objects: readonly KubeObject[], version: string): Comparison;
}

/** How many deleted objects are remembered, so that a late repeat of an older event does not bring one back. */
const tombstoneLimit = 10_000;

/**
 * Versions decide what is newer wherever they can be compared; where they can't, the order of arrival does.
 *
 * Invariant: the sink holds exactly `held`, and an object in it never goes back to an older version.
 */
export function replica(sink: Sink): Replica {
  const held = new Map<string, KubeObject>();
  const tombstones = new Map<string, string>();
  /** While a comparison is under way: where the watch stood when it began, and the keys that events spoke of since. */
  let begun: { readonly position: string | undefined; readonly spoken: Set<string> } | undefined;
  /** Keys that a comparison put right, and whose event may still come. */
  let owed = new Set<string>();
  /** Versions up to here are covered by the last list, whatever events say. */
  let floor = "";
  let owedUntil = "";
  let position: string | undefined;
  let stale = 0;
  let misses = 0;

  const advance = (version: string): void => {
    if (position === undefined || !isOlder(version, position)) position = version;
    if (owed.size > 0 && isReached(owedUntil, position)) settleOwed();
  };
  /** The watch has passed the list's version without a word on these. */
  const settleOwed = (): void => {
    misses += owed.size;
    owed = new Set();
  };
  const bury = (key: string, version: string): void => {
    tombstones.delete(key);
    tombstones.set(key, version);
    if (tombstones.size <= tombstoneLimit) return;
    for (const oldest of tombstones.keys()) {
      tombstones.delete(oldest);
      break;
    }
  };
  /** Whether an event tells something newer than what we know about its object. Marks the key as spoken of. */
  const isNews = (key: string, version: string): boolean => {
    begun?.spoken.add(key);
    owed.delete(key);
    const known = held.get(key)?.metadata.resourceVersion ?? tombstones.get(key);
    const covered = floor !== "" && !isNewer(version, floor);
    if (!covered && (known === undefined || isNewer(version, known))) return true;
    stale += 1;
    return false;
  };
  const replaceAll = (objects: readonly KubeObject[], version: string): void => {
    begun = undefined;
    held.clear();
    tombstones.clear();
    for (const object of objects) held.set(nameKey(object.metadata), object);
    settleOwed();
    floor = version;
    position = version;
    sink.replace([...held.values()]);
  };

  return {
    get size() {
      return held.size;
    },
    get position() {
      return position;
    },
    get stale() {
      return stale;
    },
    get misses() {
      return misses;
    },
    reset: (objects, version) => {
      owed = new Set();
      replaceAll(objects, version);
    },
    upsert: (object) => {
      const key = nameKey(object.metadata);
      const version = object.metadata.resourceVersion ?? "";
      if (isNews(key, version)) {
        held.set(key, object);
        tombstones.delete(key);
        sink.upsert(object);
      }
      advance(version);
    },
    remove: (object) => {
      const key = nameKey(object.metadata);
      const version = object.metadata.resourceVersion ?? "";
      const before = held.get(key);
      // Some extension servers send the last state with its own version instead of the deletion's.
      const lastState = before !== undefined && before.metadata.resourceVersion === version;
      if (isNews(key, version) || lastState) {
        held.delete(key);
        bury(key, version);
        if (before !== undefined) sink.remove(before);
      }
      advance(version);
    },
    bookmark: advance,
    beginComparison: () => {
      begun = { position, spoken: new Set() };
    },
    compare: (objects, version) => {
      if (begun === undefined) return { healed: 0, wentBack: false };
      const { position: from, spoken } = begun;
      begun = undefined;
      settleOwed();
      if (from !== undefined && isOlder(version, from)) {
        // The server's history is shorter than what we saw of it: it was restored from a backup, or started anew.
        replaceAll(objects, version);
        return { healed: 0, wentBack: true };
      }
      owed = new Set(applyList(objects, version, spoken));
      owedUntil = version;
      const healed = owed.size;
      if (position !== undefined && isReached(version, position)) settleOwed();
      if (floor === "" || isNewer(version, floor)) floor = version;
      return { healed, wentBack: false };
    },
  };

  /** Puts right what differs from a list, except where the watch has said something newer meanwhile; the keys put right. */
  function applyList(objects: readonly KubeObject[], version: string, spoken: ReadonlySet<string>): string[] {
    const healed: string[] = [];
    const listed = new Set<string>();
    for (const object of objects) {
      const key = nameKey(object.metadata);
      listed.add(key);
      const known = held.get(key)?.metadata.resourceVersion ?? tombstones.get(key);
      if (!overrules(key, object.metadata.resourceVersion ?? "", known, spoken)) continue;
      held.set(key, object);
      tombstones.delete(key);
      sink.upsert(object);
      healed.push(key);
    }
    for (const [key, object] of held) {
      if (listed.has(key) || !overrules(key, version, object.metadata.resourceVersion, spoken)) continue;
      held.delete(key);
      bury(key, version);
      sink.remove(object);
      healed.push(key);
    }
    return healed;
  }
}

/** Whether what a list says of a key outranks what we know of it. */
function overrules(key: string, listed: string, known: string | undefined, spoken: ReadonlySet<string>): boolean {
  if (known === undefined) return !spoken.has(key);
  const order = compareVersions(listed, known);
  // Without an order, the watch has the last word on what it spoke of while the list was under way.
  return order === undefined ? !spoken.has(key) : order > 0;
}

/** Whether a watch at `position` has certainly passed `version`. */
function isReached(version: string, position: string): boolean {
  const order = compareVersions(position, version);
  return order !== undefined && order >= 0;
}

/** Newer, or not comparable: then what arrives last counts as newer. */
function isNewer(a: string, b: string): boolean {
  const order = compareVersions(a, b);
  return order === undefined || order > 0;
}
