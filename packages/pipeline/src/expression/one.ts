import type { Json } from "@headgate/api";

import { Problems } from "../problem.ts";
import type { Problem } from "../problem.ts";
import { compile } from "./compile.ts";
import type { Surroundings } from "./evaluate.ts";
import { parseExpression } from "./parse.ts";

/** An expression by itself, or what is wrong with it. */
export type CompiledExpression =
  | { readonly problems: readonly Problem[] }
  | {
      readonly problems?: undefined;
      /**
       * Its value for an object; `item` is what `$$` means. Throws a `DataFault`.
       */
      readonly evaluate: (object: Json, around: Surroundings & { readonly item?: Json }) => Json;
    };

/** Compiles one expression. `item` says whether there is an item for `$$`. */
export function compileExpression(raw: Json, { item = false } = {}): CompiledExpression {
  const problems = new Problems();
  const expression = parseExpression(raw, { at: "", item, depth: 0, problems });
  if (problems.found.length > 0) return { problems: problems.found };
  const evaluate = compile(expression);
  return { evaluate: (object, around) => evaluate(object, around.item ?? null, around) };
}
