import type { Json } from "@headgate/api";

import { compile } from "../expression/compile.ts";
import { fault, mapOf, truthOf, wrongType } from "../expression/evaluate.ts";
import type { Blame, Surroundings } from "../expression/evaluate.ts";
import { merged } from "../expression/values.ts";
import { getter } from "../jsonpath/get.ts";
import { setter, SetterError } from "../jsonpath/set.ts";
import { field, isDoc, isList, put } from "../value.ts";
import type { Doc, Draft } from "../value.ts";
import type { LinearStage } from "./ast.ts";

/** The rows that a stage makes of one row. Throws a `DataFault`. */
export type Step = (row: Doc, around: Surroundings) => readonly Doc[];

/** Makes the function of a stage that answers each row from that row alone. */
export function linear(stage: LinearStage): Step {
  switch (stage.kind) {
    case "select": {
      const blame: Blame = { at: stage.at, name: "@select" };
      const condition = compile(stage.condition);
      return (row, around) => (truthOf(condition(row, null, around), blame) ? [row] : []);
    }
    case "project": {
      const blame: Blame = { at: stage.at, name: "@project" };
      const result = compile(stage.result);
      return (row, around) => [projected(result(row, null, around), blame)];
    }
    case "unwind":
      return unwind(stage);
  }
}

/** The parts of a list are put one over the other. */
function projected(result: Json, blame: Blame): Doc {
  if (!isList(result)) return mapOf(result, blame);
  return result.reduce<Doc>((under, over) => mapOf(merged(under, mapOf(over, blame), blame), blame), {});
}

/** One row for each item: the item takes the place of the list, and its index is added to the name, if there is one. */
function unwind({ path, at }: LinearStage & { readonly kind: "unwind" }): Step {
  const blame: Blame = { at, name: "@unwind" };
  const get = getter(path);
  const set = setter(path);
  return (row) => {
    const list = get(row, row) ?? null;
    if (list === null) return [];
    if (!isList(list)) return wrongType(blame, "a list", list);
    try {
      return list.map((item, index) => indexed(mapOf(set(row, item), blame), index));
    } catch (cause) {
      if (cause instanceof SetterError) return fault(blame, "setter", cause.message);
      throw cause;
    }
  };
}

function indexed(row: Doc, index: number): Doc {
  const metadata = field(row, "metadata");
  const name = isDoc(metadata) ? field(metadata, "name") : undefined;
  if (!isDoc(metadata) || typeof name !== "string") return row;
  const named: Draft = { ...metadata };
  put(named, "name", `${name}-${index}`);
  return { ...row, metadata: named };
}
