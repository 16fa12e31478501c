/** Where a piece of work stands in line: pieces of one group go by rank, those of different groups take turns. */
export interface Place {
  readonly group: string;
  readonly rank: number;
  /** Of all pieces of the group: while others wait that don't yield, they get one turn in eight. */
  readonly yields?: boolean;
}

/** Keys that wait for their turn. A key is in it once at most, and may be under way besides. */
export interface WorkQueue {
  readonly waiting: number;
  add(key: string, place: Place): void;
  remove(key: string): void;
  /** Takes the next key, if one may start: in its group nothing of a lower rank waits or is under way. */
  take(): string | undefined;
  /** Says that a key that was taken is no longer under way. */
  finish(key: string): void;
}

interface Group {
  readonly yields: boolean;
  readonly waiting: Map<number, Set<string>>;
  readonly underWay: Map<number, number>;
}

/** Of the others, before one that yields has its turn. */
const turnsBetween = 7;

/** A queue that is first come, first served within one rank of one group, and fair between groups. */
export function workQueue(): WorkQueue {
  /** In the order of turns: the group that was served last is last. */
  const groups = new Map<string, Group>();
  const places = new Map<string, Place>();
  const taken = new Map<string, Place>();

  /** Turns since one was given to a group that yields. */
  let withoutYielding = 0;

  const groupOf = ({ group: name, yields = false }: Place): Group => {
    const known = groups.get(name) ?? {
      yields,
      waiting: new Map<number, Set<string>>(),
      underWay: new Map<number, number>(),
    };
    groups.set(name, known);
    return known;
  };
  const forget = (key: string): void => {
    const place = places.get(key);
    if (place === undefined) return;
    places.delete(key);
    const group = groupOf(place);
    const rank = group.waiting.get(place.rank);
    rank?.delete(key);
    if (rank?.size === 0) group.waiting.delete(place.rank);
    if (group.waiting.size === 0 && group.underWay.size === 0) groups.delete(place.group);
  };
  const next = ({ waiting, underWay }: Group): string | undefined => {
    if (waiting.size === 0) return undefined;
    const lowest = Math.min(...waiting.keys());
    for (const rank of underWay.keys()) if (rank < lowest) return undefined;
    for (const key of waiting.get(lowest) ?? []) return key;
    return undefined;
  };

  const takeFrom = (yielding: boolean): { readonly key: string; readonly yields: boolean } | undefined => {
    for (const [name, group] of groups) {
      const key = group.yields === yielding ? next(group) : undefined;
      const place = key === undefined ? undefined : places.get(key);
      if (key === undefined || place === undefined) continue;
      group.underWay.set(place.rank, (group.underWay.get(place.rank) ?? 0) + 1);
      taken.set(key, place);
      forget(key);
      groups.delete(name);
      groups.set(name, group);
      return { key, yields: group.yields };
    }
    return undefined;
  };

  return {
    get waiting() {
      return places.size;
    },
    add: (key, place) => {
      forget(key);
      places.set(key, place);
      const { waiting } = groupOf(place);
      const rank = waiting.get(place.rank) ?? new Set();
      waiting.set(place.rank, rank.add(key));
    },
    remove: forget,
    take: () => {
      const yieldingFirst = withoutYielding >= turnsBetween;
      const turn = takeFrom(yieldingFirst) ?? takeFrom(!yieldingFirst);
      if (turn === undefined) return undefined;
      withoutYielding = turn.yields ? 0 : withoutYielding + 1;
      return turn.key;
    },
    finish: (key) => {
      const place = taken.get(key);
      const group = place === undefined ? undefined : groups.get(place.group);
      if (place === undefined || group === undefined) return;
      taken.delete(key);
      const left = (group.underWay.get(place.rank) ?? 1) - 1;
      if (left > 0) group.underWay.set(place.rank, left);
      else group.underWay.delete(place.rank);
      if (group.waiting.size === 0 && group.underWay.size === 0) groups.delete(place.group);
    },
  };
}
