import type { Json } from "@headgate/api";
import { sameValue } from "@headgate/delta";

import { compareValues, identity } from "../text/canonical.ts";
import { shortHash } from "../text/short-hash.ts";
import { isDoc, isList } from "../value.ts";
import * as be from "./evaluate.ts";
import type { Blame } from "./evaluate.ts";
import type { OperatorName } from "./operators.ts";
import { selects } from "./selector.ts";

/** Operators of one value. */
export const ofValue: Partial<Record<OperatorName, (value: Json, blame: Blame) => Json>> = {
  "@bool": be.truthOf,
  "@int": be.integerOf,
  "@float": be.numberOf,
  "@string": be.wordOf,
  "@dict": be.mapOf,
  "@noop": () => null,
  "@not": (value, blame) => !be.truthOf(value, blame),
  "@isnil": (value) => value === null,
  "@exists": (value) => value !== null,
  "@has": (value) => value !== null,
  "@abs": (value, blame) => Math.abs(be.numberOf(value, blame)),
  "@ceil": (value, blame) => Math.ceil(be.numberOf(value, blame)),
  "@floor": (value, blame) => Math.floor(be.numberOf(value, blame)),
  "@hash": shortHash,
  "@lower": (value, blame) => be.textOf(value, blame).toLowerCase(),
  "@upper": (value, blame) => be.textOf(value, blame).toUpperCase(),
  "@trim": (value, blame) => be.textOf(value, blame).trim(),
  "@keys": (value, blame) => Object.keys(be.mapOf(value, blame)).sort(compareValues),
  "@values": (value, blame) => {
    const map = be.mapOf(value, blame);
    return Object.keys(map)
      .sort(compareValues)
      .map((key) => map[key] ?? null);
  },
};

/** Operators of one list. */
export const ofList: Partial<Record<OperatorName, (list: readonly Json[], blame: Blame) => Json>> = {
  "@list": (list) => list,
  "@len": (list) => list.length,
  "@sum": (list, blame) =>
    be.finite(
      list.reduce<number>((sum, item) => sum + be.numberOf(item, blame), 0),
      blame,
    ),
  "@min": (list, blame) => extreme(list, blame, Math.min),
  "@max": (list, blame) => extreme(list, blame, Math.max),
  "@concat": (list, blame) => be.boundedText(list.map((item) => be.wordOf(item, blame)).join(""), blame),
  "@first": (list) => list[0] ?? null,
  "@last": (list) => list.at(-1) ?? null,
  "@sort": (list) => list.toSorted(compareValues),
  "@unique": (list) => [...new Map(list.toReversed().map((item) => [identity(item), item])).values()].reverse(),
  "@flatten": (list) => list.flatMap((item) => item),
};

function extreme(list: readonly Json[], blame: Blame, of: (a: number, b: number) => number): Json {
  if (list.length === 0) return null;
  return list.map((item) => be.numberOf(item, blame)).reduce((a, b) => of(a, b));
}

type OfArguments = (a: Json, b: Json, blame: Blame) => Json;

const comparing =
  (holds: (a: number, b: number) => boolean): OfArguments =>
  (a, b, blame) =>
    holds(be.numberOf(a, blame), be.numberOf(b, blame));

const calculating =
  (result: (a: number, b: number) => number): OfArguments =>
  (a, b, blame) =>
    be.finite(result(be.numberOf(a, blame), be.numberOf(b, blame)), blame);

/** Whether two values are equal; nothing is equal to nothing. */
export function equal(a: Json, b: Json): boolean {
  return a !== null && b !== null && sameValue(a, b);
}

/** Operators of two values. */
export const ofTwo: Partial<Record<OperatorName, OfArguments>> = {
  "@eq": equal,
  "@ne": (a, b) => !equal(a, b),
  "@lt": comparing((a, b) => a < b),
  "@lte": comparing((a, b) => a <= b),
  "@gt": comparing((a, b) => a > b),
  "@gte": comparing((a, b) => a >= b),
  "@in": (item, list, blame) => holds(be.listOf(list, blame), item),
  "@contains": (whole, part, blame) =>
    isList(whole) ? holds(whole, part) : be.textOf(whole, blame).includes(be.textOf(part, blame)),
  "@selector": selects,
  "@add": calculating((a, b) => a + b),
  "@sub": calculating((a, b) => a - b),
  "@mul": calculating((a, b) => a * b),
  "@div": calculating((a, b) => a / b),
  "@mod": calculating((a, b) => a % b),
  "@range": (start, end, blame) => {
    const from = be.integerOf(start, blame);
    const length = be.boundedLength(Math.max(be.integerOf(end, blame) - from, 0), blame);
    return Array.from({ length }, (_, index) => from + index);
  },
  "@split": (text, separator, blame) => be.textOf(text, blame).split(be.textOf(separator, blame)),
};

function holds(list: readonly Json[], item: Json): boolean {
  return list.some((one) => sameValue(one, item));
}

/** `[x]` where x is a list means x: what the operators of one list make of a list that is written out. */
export function unwrapped(list: readonly Json[]): readonly Json[] {
  const [only] = list;
  return list.length === 1 && isList(only) ? only : list;
}

/** Puts what a field copies in over what is there: maps field by field, lists one after the other, all else replaced. */
export function merged(under: Json | undefined, over: Json, blame: Blame): Json {
  if (under === undefined || under === null) return over;
  if (over === null) return be.fault(blame, "type", "nothing cannot be merged over something");
  if (isList(under) && isList(over)) return [...under, ...over];
  if (!isDoc(under) || !isDoc(over)) return over;
  return Object.fromEntries([
    ...Object.entries(under),
    ...Object.entries(over).map(([key, value]): [string, Json] => [
      key,
      Object.hasOwn(under, key) ? merged(under[key], value, blame) : value,
    ]),
  ]);
}
