/**
 * What an operator takes:
 * - `value`: one value, which may be a list;
 * - `list`: one list; `[x]` where x is a list means x;
 * - a number: that many arguments in a list; two numbers: at least and at most;
 * - `truths`: a list of conditions, or a single one;
 * - `cases`: a list of [condition, value];
 * - `items`: [expression of an item, list];
 * - `text`: a text that is read when the pipeline is compiled.
 */
export type Shape = "value" | "list" | "truths" | "cases" | "items" | readonly [least: number, most: number];

/** Every operator by its name, and what it takes. */
export const shapes = {
  "@bool": "value",
  "@int": "value",
  "@float": "value",
  "@string": "value",
  "@dict": "value",
  "@list": "list",
  "@noop": "value",
  "@literal": "value",
  "@cond": [2, 3],
  "@switch": "cases",
  "@definedOr": [2, 2],
  "@and": "truths",
  "@or": "truths",
  "@not": "value",
  "@isnil": "value",
  "@exists": "value",
  "@has": "value",
  "@eq": [2, 2],
  "@ne": [2, 2],
  "@lt": [2, 2],
  "@lte": [2, 2],
  "@gt": [2, 2],
  "@gte": [2, 2],
  "@in": [2, 2],
  "@contains": [2, 2],
  "@selector": [2, 2],
  "@add": [2, 2],
  "@sub": [2, 2],
  "@mul": [2, 2],
  "@div": [2, 2],
  "@mod": [2, 2],
  "@abs": "value",
  "@ceil": "value",
  "@floor": "value",
  "@sum": "list",
  "@min": "list",
  "@max": "list",
  "@len": "list",
  "@range": [2, 2],
  "@rnd": [2, 2],
  "@concat": "list",
  "@hash": "value",
  "@lower": "value",
  "@upper": "value",
  "@trim": "value",
  "@split": [2, 2],
  "@replace": [3, 3],
  "@regex": [2, 2],
  "@first": "list",
  "@last": "list",
  "@sort": "list",
  "@unique": "list",
  "@flatten": "list",
  "@keys": "value",
  "@values": "value",
  "@map": "items",
  "@filter": "items",
  "@any": "items",
  "@all": "items",
  "@none": "items",
} as const satisfies Readonly<Record<string, Shape>>;

export type OperatorName = keyof typeof shapes;

export function isOperator(name: string): name is OperatorName {
  return Object.hasOwn(shapes, name);
}

/** The operators that the original's documents promise, or that it has no way to say, and that it does not know. */
export const extensions: readonly OperatorName[] = [
  "@literal",
  "@ne",
  "@contains",
  "@mod",
  "@lower",
  "@upper",
  "@trim",
  "@split",
  "@replace",
  "@regex",
  "@first",
  "@last",
  "@sort",
  "@unique",
  "@flatten",
  "@keys",
  "@values",
];
