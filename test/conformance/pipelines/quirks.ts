/**
 * What the original does otherwise with an expression, put into the expression itself: when ours answers the rewritten
 * expression as the original answered the written one, the difference is this quirk and nothing else.
 */
import type { Json } from "@headgate/api";

import { evaluated } from "./play.ts";
import type { ExpressionVector } from "./vector.ts";

type Quirk = (expression: Json, vector: ExpressionVector) => Json;
type Rewrite = (expression: Json) => Json;

/** `null` is read as false, but for the argument of `@noop`. */
export const nullIsFalse: Quirk = (expression) =>
  bottomUp(expression, (one) => (one === null ? false : operand(one, "@noop") === false ? { "@noop": null } : one));

/** `@none` is always false. */
export const noneIsFalse: Quirk = (expression) =>
  bottomUp(expression, (one) => (operand(one, "@none") === undefined ? one : false));

/** Operators whose list of arguments is not itself computed as a list. */
const lazy = ["@cond", "@switch", "@definedOr", "@and", "@or", "@map", "@filter", "@any", "@all", "@none"];

/** A list whose first item is a list is that item. */
export const listsCollapse: Quirk = (expression, vector) => {
  const collapsed = (one: Json): Json => {
    if (Array.isArray(one)) {
      const items = (one as readonly Json[]).map(collapsed);
      const first = items.length === 0 ? undefined : valueOf(items[0] ?? null, vector);
      return Array.isArray(first) ? { "@literal": first as readonly Json[] } : items;
    }
    if (!isMap(one)) return one;
    return Object.fromEntries(
      Object.entries(one).map(([key, value]) => [
        key,
        lazy.includes(key) && Array.isArray(value) ? (value as readonly Json[]).map(collapsed) : collapsed(value),
      ]),
    );
  };
  return collapsed(expression);
};

/** The value of a field, or of `@string`, that is a text beginning with `$` is followed once more. */
export const dataIsPath: Quirk = (expression, vector) =>
  bottomUp(expression, (one) => {
    if (!isMap(one)) return one;
    const entries = Object.entries(one);
    if (entries.some(([key]) => key.startsWith("@") && key !== "@string")) return one;
    return Object.fromEntries(
      entries.map(([key, value]) => {
        const computed = valueOf(value, vector);
        return [key, typeof computed === "string" && computed.startsWith("$") ? computed : value];
      }),
    );
  });

function bottomUp(expression: Json, rewrite: Rewrite): Json {
  if (Array.isArray(expression)) return rewrite((expression as readonly Json[]).map((one) => bottomUp(one, rewrite)));
  if (!isMap(expression)) return rewrite(expression);
  return rewrite(Object.fromEntries(Object.entries(expression).map(([key, value]) => [key, bottomUp(value, rewrite)])));
}

function isMap(value: Json): value is { readonly [field: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function operand(expression: Json, operator: string): Json | undefined {
  return isMap(expression) && Object.hasOwn(expression, operator) ? expression[operator] : undefined;
}

function valueOf(expression: Json, { in: { obj, subj }, ...vector }: ExpressionVector): Json | undefined {
  const given = { ...(obj === undefined ? {} : { obj }), ...(subj === undefined ? {} : { subj }) };
  const answer = evaluated({ ...vector, in: { ...given, rawexpr: JSON.stringify(expression) } });
  return "value" in answer ? answer.value : undefined;
}
