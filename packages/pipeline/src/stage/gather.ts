import type { Json } from "@headgate/api";

import { compile } from "../expression/compile.ts";
import { fault, mapOf } from "../expression/evaluate.ts";
import type { Blame, Evaluate, Surroundings } from "../expression/evaluate.ts";
import { getter } from "../jsonpath/get.ts";
import { setter, SetterError } from "../jsonpath/set.ts";
import { compareValues, identity } from "../text/canonical.ts";
import { put } from "../value.ts";
import type { Doc, Draft } from "../value.ts";
import type { GatherStage } from "./ast.ts";

/** A row on its way into a group. */
export interface Member {
  readonly group: string;
  readonly value: Json;
  readonly row: Doc;
}

export interface Gather {
  /** The group of a row and what it gives; undefined when the row has no group or no value. Throws a `DataFault`. */
  member(row: Doc, around: Surroundings): Member | undefined;
  /**
   * The row of a group: the first member's, in the order of their keys, with the sorted list of all values. Throws a
   * `DataFault`.
   */
  gathered(members: readonly Member[]): Doc;
}

/** Makes the functions of a gather. */
export function gather(stage: GatherStage): Gather {
  const blame: Blame = { at: stage.at, name: "@gather" };
  const group = compile(stage.group);
  const value = valueOf(stage);
  const place = placeOf(stage, blame);
  return {
    member(row, around) {
      const key = group(row, null, around);
      const own = value(row, null, around);
      return key === null || own === null ? undefined : { group: identity(key), value: own, row };
    },
    gathered(members) {
      const [first] = members;
      return place(first?.row ?? {}, members.map((member) => member.value).sort(compareValues));
    },
  };
}

function valueOf({ value }: GatherStage): Evaluate {
  if (value.from === "constant") return () => value.text;
  const get = getter(value.path);
  return (row) => get(row, row) ?? null;
}

function placeOf({ value }: GatherStage, blame: Blame): (row: Doc, list: readonly Json[]) => Doc {
  if (value.from === "constant")
    return (row, list) => {
      const draft: Draft = { ...row };
      put(draft, value.text, list);
      return draft;
    };
  const set = setter(value.path);
  return (row, list) => {
    try {
      return mapOf(set(row, list), blame);
    } catch (cause) {
      if (cause instanceof SetterError) return fault(blame, "setter", cause.message);
      throw cause;
    }
  };
}
