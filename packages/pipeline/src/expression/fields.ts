import type { Json } from "@headgate/api";

import { parsePath } from "../jsonpath/parse.ts";
import { PathSyntaxError } from "../jsonpath/scanner.ts";
import { setter, SetterError } from "../jsonpath/set.ts";
import { below } from "../problem.ts";
import type { Doc } from "../value.ts";
import type { Expression, Field } from "./ast.ts";
import type { Standing } from "./standing.ts";

type ParseExpression = (raw: Json, standing: Standing) => Expression;

/** Reads the fields of a map in the order in which they apply: `$.` first, the others as they are written. */
export function parseFields(raw: Doc, standing: Standing, parse: ParseExpression): readonly Field[] {
  const fields = Object.entries(raw).flatMap(([key, value]) => {
    const at = below(standing.at, key);
    const parsed = parse(value, { ...standing, at, depth: standing.depth + 1 });
    return parseField(key, parsed, { ...standing, at });
  });
  return [...fields.filter(({ to }) => to === "all"), ...fields.filter(({ to }) => to !== "all")];
}

function parseField(key: string, value: Expression, { at, problems }: Standing): readonly Field[] {
  if (!key.startsWith("$")) return [{ to: "name", name: key, value, at }];
  if (key === "$.") return [{ to: "all", value, at }];
  try {
    const { item, path } = parsePath(key);
    if (item) throw new SetterError("nothing can be set in an item");
    setter(path);
    return [{ to: "place", path, value, at }];
  } catch (cause) {
    if (!(cause instanceof PathSyntaxError) && !(cause instanceof SetterError)) throw cause;
    problems.add("setter", at, cause.message);
    return [];
  }
}
