import { celEnv, celFunc, celList, CelScalar, isCelList, isCelMap, listType, type CelValue } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { re2 } from "../pattern.ts";
import { quantityFunctions } from "./quantity.ts";

const { BOOL, DYN } = CelScalar;
const LIST = listType(DYN);

/** Lists that are sets or maps to Kubernetes: equal whatever their order. */
const unordered = new WeakSet<object>();

/** A CEL list of a schema's list; `anyOrder` for lists of type set and map. */
export function listValue(items: readonly CelValue[], anyOrder: boolean): CelValue {
  const list = celList(items);
  if (anyOrder) unordered.add(list);
  return list;
}

const standard = celEnv().funcs;

function sameScalar(a: CelValue, b: CelValue): boolean {
  return standard.find("_==_")?.call(0, undefined, [a, b]) === true;
}

function same(a: CelValue, b: CelValue): boolean {
  if (a === b) return true;
  if (isCelList(a)) {
    if (!isCelList(b) || a.size !== b.size) return false;
    const [left, right] = [[...a], [...b]];
    const anyOrder = unordered.has(a) || unordered.has(b);
    return left.every((item, i) => {
      const twin = right[i];
      return anyOrder ? right.some((other) => same(item, other)) : twin !== undefined && same(item, twin);
    });
  }
  if (isCelMap(a)) {
    if (!isCelMap(b) || a.size !== b.size) return false;
    return [...a].every(([key, value]) => {
      const twin = b.get(key);
      return twin !== undefined && same(value, twin);
    });
  }
  return sameScalar(a, b);
}

/** The CEL environment of validation rules: the language, its strings library, and Kubernetes' equality of lists. */
export const ruleEnvironment = celEnv({
  funcs: [
    ...strings,
    ...quantityFunctions,
    celFunc("_==_", [DYN, DYN], BOOL, same),
    celFunc("_!=_", [DYN, DYN], BOOL, (a, b) => !same(a, b)),
    celFunc("@in", [DYN, LIST], BOOL, (value, list) => [...list].some((item) => same(item, value))),
    // Adding item by item must not nest one list in the next: long filters would overflow the stack.
    celFunc("_+_", [LIST, LIST], LIST, (a, b) => celList([...a, ...b])),
  ],
  re2: { compile: (pattern) => ({ test: re2(pattern) }) },
});

/** Names of every function that a rule may call. */
export const ruleFunctions: ReadonlySet<string> = new Set([...ruleEnvironment.funcs].map(({ name }) => name));
