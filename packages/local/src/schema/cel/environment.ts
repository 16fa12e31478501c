import {
  celEnv,
  celFunc,
  celList,
  CelScalar,
  isCelList,
  isCelMap,
  listType,
  type CelFunc,
  type CelValue,
} from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { re2 } from "../pattern.ts";
import { kubernetesFunctions } from "./kubernetes.ts";
import { listFunctions } from "./lists.ts";

const { BOOL, DYN } = CelScalar;
const LIST = listType(DYN);

/** Steps of loops, comparisons of items and regular-expression work that the rules of one object may take together. */
const stepsPerObject = 1_000_000;

let stepsLeft = 0;

/** Gives the rules of one object their steps. Evaluation is synchronous, so one counter serves. */
export function startBudget(): void {
  stepsLeft = stepsPerObject;
}

/** Takes `steps` from the budget; throws when it is spent. */
function spend(steps: number): void {
  stepsLeft -= steps;
  if (stepsLeft < 0) throw new Error(budgetSpent);
}

/** What an evaluation that ran out of steps reports. */
export const budgetSpent = "operation cancelled: actual cost limit exceeded";

/** The loop counter's name in a compiled rule; no rule can spell it. */
export const tickFunction = "@tick";

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
  spend(1);
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

const own: readonly CelFunc[] = [
  celFunc(tickFunction, [], BOOL, () => {
    spend(1);
    return true;
  }),
  celFunc("_==_", [DYN, DYN], BOOL, same),
  celFunc("_!=_", [DYN, DYN], BOOL, (a, b) => !same(a, b)),
  celFunc("@in", [DYN, LIST], BOOL, (value, list) => [...list].some((item) => same(item, value))),
  // Adding item by item must not nest one list in the next: long filters would overflow the stack.
  celFunc("_+_", [LIST, LIST], LIST, (a, b) => {
    spend(1 + Math.ceil((a.size + b.size) / 100));
    return celList([...a, ...b]);
  }),
];

const environment = celEnv({
  funcs: [...strings, ...own, ...listFunctions(same), ...kubernetesFunctions],
  re2: {
    compile: (pattern) => {
      const matches = re2(pattern);
      return {
        test: (text) => {
          spend(1 + Math.ceil((text.length * pattern.length) / 1000));
          return matches(text);
        },
      };
    },
  },
});

/** The CEL environment of Kubernetes' validation rules, as far as it goes here. */
export function ruleEnvironment(): typeof environment {
  return environment;
}

/** Every function that a rule may call, with its types. */
export const ruleFunctions: readonly CelFunc[] = [...environment.funcs].filter((func) => func.name !== tickFunction);
