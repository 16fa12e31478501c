/** Whether two rows are the same for everyone downstream: a change between same rows is no change. */
export type Same<R> = (a: R, b: R) => boolean;

/**
 * Structural equality of values: primitives (`NaN` equals itself, `0` equals `-0`), arrays, plain objects (own
 * enumerable string keys; a property that is `undefined` is not an absent one), Maps and Sets (keys and members by
 * identity). Anything else, functions and class instances included, is the same only as itself.
 *
 * Rows are finite trees: a cyclic value overflows the stack.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return typeof a === "number" && typeof b === "number" && Number.isNaN(a) && Number.isNaN(b);
  }
  const shape: unknown = Object.getPrototypeOf(a);
  if (shape !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return sameArray(a, b);
  if (shape === Object.prototype || shape === null) {
    return sameRecord(a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>);
  }
  if (a instanceof Map && b instanceof Map) return sameMap(a, b);
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((member) => b.has(member));
  return false;
}

function sameArray(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
  return true;
}

function sameRecord(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  // Both have the prototype of plain objects or none, so for-in gives own keys, without an array of them.
  let surplus = 0;
  for (const key in a) {
    const x = a[key];
    const y = b[key];
    // Whatever b has not of its own is undefined, or inherited: a function of Object.prototype, or its __proto__.
    if ((y === undefined || typeof y === "function" || key === "__proto__") && !Object.hasOwn(b, key)) return false;
    if (x !== y && !sameValue(x, y)) return false;
    surplus++;
  }
  // The keys of b are those of a if there are as many.
  for (const key in b) if (key.length >= 0) surplus--;
  return surplus === 0;
}

function sameMap(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!b.has(key) || !sameValue(value, b.get(key))) return false;
  return true;
}
