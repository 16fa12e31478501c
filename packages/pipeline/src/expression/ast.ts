import type { Json } from "@headgate/api";

import type { Path } from "../jsonpath/path.ts";
import type { OperatorName } from "./operators.ts";

/** An expression as it is written. `at` is its place in the YAML. */
export type Expression = { readonly at: string } & (
  | { readonly kind: "literal"; readonly value: Json }
  /** `@now`: the time of the turn. */
  | { readonly kind: "now" }
  /** `$…` in the object of the stage, or `$$…` in the item of a list operator. */
  | { readonly kind: "path"; readonly item: boolean; readonly path: Path }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "map"; readonly fields: readonly Field[] }
  /** An operator with the arguments that are written out. */
  | { readonly kind: "call"; readonly name: OperatorName; readonly arguments: readonly Expression[] }
  /** An operator of several arguments whose list of arguments is itself computed. */
  | { readonly kind: "apply"; readonly name: OperatorName; readonly argument: Expression }
);

/** One field of a map: its value goes under a name, to a place, or, being a map, is copied in. */
export type Field = { readonly value: Expression; readonly at: string } & (
  | { readonly to: "name"; readonly name: string }
  | { readonly to: "place"; readonly path: Path }
  | { readonly to: "all" }
);

/** Calls `visit` for the expression and everything in it. */
export function walk(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  switch (expression.kind) {
    case "list":
      for (const item of expression.items) walk(item, visit);
      break;
    case "map":
      for (const { value } of expression.fields) walk(value, visit);
      break;
    case "call":
      for (const argument of expression.arguments) walk(argument, visit);
      break;
    case "apply":
      walk(expression.argument, visit);
      break;
    case "literal":
    case "now":
    case "path":
      break;
  }
}
