import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pairKey, sameValue, unpairKey } from "@headgate/delta";
import { holds } from "../campaign.ts";

const keyArb = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("|", "~", "0", "1", "a") }));

describe("L16: pairs of keys are keys: injective, and readable back", () => {
  test("unpairKey undoes pairKey, nested too", () => {
    holds(fc.tuple(keyArb, keyArb, keyArb), 1000, ([a, b, c]) => {
      expect(unpairKey(pairKey(a, b))).toEqual([a, b]);
      expect(unpairKey(pairKey(pairKey(a, b), c))).toEqual([pairKey(a, b), c]);
    });
  });

  test("no other pair has the same key", () => {
    holds(fc.tuple(keyArb, keyArb, keyArb, keyArb), 1000, ([a, b, c, d]) => {
      expect(pairKey(a, b) === pairKey(c, d)).toBe(a === c && b === d);
    });
  });

  test("what pairKey did not make is refused", () => {
    for (const wrong of ["", "a", "~|b", "~2|b"]) expect(() => unpairKey(wrong)).toThrow("not a pair of keys");
  });
});

describe("L17: sameValue is an equivalence by structure", () => {
  const valueArb = fc.anything({ withMap: true, withSet: false, withNullPrototype: true, maxDepth: 3 });

  test("a value is the same as its clone, and the answer is the same both ways", () => {
    holds(fc.tuple(valueArb, valueArb), 1000, ([a, b]) => {
      expect(sameValue(a, a)).toBe(true);
      expect(sameValue(a, b)).toBe(sameValue(b, a));
    });
    holds(fc.jsonValue(), 1000, (json) => {
      expect(sameValue(json, structuredClone(json))).toBe(true);
    });
  });

  test("JSON values are the same exactly when they are deeply equal", () => {
    // Through text, because there -0 and 0 are the same, and to toStrictEqual they are not.
    const jsonArb = fc.jsonValue({ maxDepth: 2 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
    holds(fc.tuple(jsonArb, jsonArb), 1000, ([a, b]) => {
      if (sameValue(a, b)) expect(a).toStrictEqual(b);
      else expect(a).not.toStrictEqual(b);
    });
  });

  test.each([
    [0, -0, true],
    [Number.NaN, Number.NaN, true],
    [[Number.NaN], [Number.NaN], true],
    [[], {}, false],
    [[1], [1, 2], false],
    [{ a: undefined }, {}, false],
    [{ a: undefined }, { b: undefined }, false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ constructor: Object }, { a: 1 }, false],
    [JSON.parse('{"__proto__":{}}'), { a: 1 }, false],
    [JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}'), true],
    [Object.create(null), {}, false],
    [null, {}, false],
    [null, undefined, false],
    [new Map([["a", [1]]]), new Map([["a", [1]]]), true],
    [new Map([["a", 1]]), new Map([["a", 2]]), false],
    [new Map([["a", 1]]), new Map([["b", 1]]), false],
    [new Set(["a"]), new Set(["a"]), true],
    [new Set(["a"]), new Set(["b"]), false],
    [new Set(["a"]), new Set(), false],
    [new Date(0), new Date(0), false],
    ["1", 1, false],
  ])("%o and %o: %s", (a: unknown, b: unknown, same) => {
    expect(sameValue(a, b)).toBe(same);
    expect(sameValue(b, a)).toBe(same);
  });
});
