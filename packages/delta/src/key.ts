/** Identifies a row within one collection. Any string; compared by code unit. */
export type Key = string;

/**
 * Joins two keys into one.
 *
 * Injective: different pairs give different keys, so keys built from unique keys stay unique. The result reads `a|b`;
 * a separator inside `a` is escaped (`~1`, and `~` itself is `~0`), `b` is kept as it is.
 */
export function pairKey(a: Key, b: Key): Key {
  return `${a.includes("|") || a.includes("~") ? escape(a) : a}|${b}`;
}

/** The two keys that `pairKey` joined. Throws an Error for a key that `pairKey` did not make. */
export function unpairKey(pair: Key): readonly [Key, Key] {
  const parts = splitPair(pair);
  if (parts === undefined) throw new Error(`not a pair of keys: ${JSON.stringify(pair)}`);
  return parts;
}

/** Like `unpairKey`, but undefined for a key that `pairKey` did not make. */
export function splitPair(pair: Key): readonly [Key, Key] | undefined {
  const bar = pair.indexOf("|");
  if (bar < 0) return undefined;
  const a = pair.slice(0, bar);
  if (!a.includes("~")) return [a, pair.slice(bar + 1)];
  return /~(?![01])/.test(a) ? undefined : [unescape(a), pair.slice(bar + 1)];
}

/** The order of keys wherever an order is promised: by code unit, the same on every machine. */
export function compareKeys(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function escape(key: Key): Key {
  return key.replaceAll("~", "~0").replaceAll("|", "~1");
}

function unescape(key: Key): Key {
  return key.replaceAll("~1", "|").replaceAll("~0", "~");
}
