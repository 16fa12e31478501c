/** The empty list that everyone shares. */
export const NONE: readonly never[] = [];

/**
 * The list with the item at its end; the list itself is used up.
 *
 * Most lists of a turn get one item. A push makes room for seventeen, and for those lists that would be most of the
 * garbage of a turn.
 */
export function append<T>(list: readonly T[], item: T): readonly T[] {
  if (list.length === 0) return [item];
  (list as T[]).push(item);
  return list;
}
