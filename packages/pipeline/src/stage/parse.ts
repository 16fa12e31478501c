import type { Json } from "@headgate/api";

import type { Expression } from "../expression/ast.ts";
import { parseExpression } from "../expression/parse.ts";
import { parsePath } from "../jsonpath/parse.ts";
import type { Path } from "../jsonpath/path.ts";
import { PathSyntaxError } from "../jsonpath/scanner.ts";
import { setter, SetterError } from "../jsonpath/set.ts";
import { below } from "../problem.ts";
import type { Problems } from "../problem.ts";
import { isDoc, isList } from "../value.ts";
import type { Stage } from "./ast.ts";

const names = ["@join", "@aggregate", "@select", "@project", "@unwind", "@demux", "@gather", "@mux"];

/**
 * Reads a pipeline: one operation, a list of them, or the released form `{"@join": …, "@aggregate": […]}`. Nothing is the
 * pipeline that passes every object on. Every fault goes to `problems`.
 */
export function parsePipeline(raw: Json | undefined, at: string, problems: Problems): readonly Stage[] {
  if (raw === undefined || raw === null) return [];
  const stages = isList(raw)
    ? raw.flatMap((one, index) => parseOperations(one, below(at, index), problems))
    : parseOperations(raw, at, problems);
  for (const [index, stage] of stages.entries())
    if (stage.kind === "join" && index > 0) problems.add("compile", stage.at, "@join comes first");
  return stages;
}

function parseOperations(raw: Json, at: string, problems: Problems): readonly Stage[] {
  const keys = isDoc(raw) ? Object.keys(raw) : [];
  if (!isDoc(raw) || keys.length === 0) {
    problems.add("parse", at, `an operation expected: ${names.join(", ")}`);
    return [];
  }
  const released = keys.includes("@aggregate");
  if (keys.length > 1 && !(released && keys.every((key) => key === "@join" || key === "@aggregate")))
    problems.add("parse", at, `one operation expected, not ${keys.join(", ")}`);
  // In the released form the join comes first, wherever it is written.
  const ordered = released ? keys.toSorted((a, b) => Number(a === "@aggregate") - Number(b === "@aggregate")) : keys;
  return ordered.flatMap((key) => parseOperation(key, raw[key] ?? null, { at: below(at, key), problems }));
}

interface Place {
  readonly at: string;
  readonly problems: Problems;
}

function parseOperation(name: string, raw: Json, place: Place): readonly Stage[] {
  const { at, problems } = place;
  switch (name) {
    case "@aggregate":
      return (isList(raw) ? raw : [raw]).flatMap((one, index) =>
        parseOperations(one, isList(raw) ? below(at, index) : at, problems),
      );
    case "@join":
      return [{ kind: "join", at, condition: expressionAt(raw, place) }];
    case "@select":
      return [{ kind: "select", at, condition: expressionAt(raw, place) }];
    case "@project":
      return [{ kind: "project", at, result: expressionAt(raw, place) }];
    case "@unwind":
    case "@demux": {
      const path = typeof raw === "string" && raw.startsWith("$") ? settablePath(raw, place) : undefined;
      if (typeof raw !== "string" || !raw.startsWith("$"))
        problems.add("compile", at, `${name} takes a path as a text: "$.spec.ports"`);
      return path === undefined ? [] : [{ kind: "unwind", at, path }];
    }
    case "@gather":
    case "@mux":
      return parseGather(name, raw, place);
    default:
      problems.add("parse", at, `there is no operation ${name}: ${names.join(", ")}`);
      return [];
  }
}

function expressionAt(raw: Json, { at, problems }: Place): Expression {
  return parseExpression(raw, { at, problems, item: false, depth: 0 });
}

function parseGather(name: string, raw: Json, place: Place): readonly Stage[] {
  const { at, problems } = place;
  if (!isList(raw) || raw.length !== 2) {
    problems.add("arity", at, `${name} takes the expression of a group and the path of a value`);
    return [];
  }
  const [key = null, value = null] = raw;
  const group = expressionAt(key, { at: below(at, 0), problems });
  const second: Place = { at: below(at, 1), problems };
  if (typeof value !== "string") {
    problems.add("compile", second.at, `${name} takes a path as a text: "$.spec.ports"`);
    return [];
  }
  if (!value.startsWith("$")) return [{ kind: "gather", at, group, value: { from: "constant", text: value } }];
  const path = settablePath(value, second);
  return path === undefined ? [] : [{ kind: "gather", at, group, value: { from: "path", path } }];
}

/** A path that is read and set. */
function settablePath(text: string, { at, problems }: Place): Path | undefined {
  try {
    const { item, path } = parsePath(text);
    if (item) throw new PathSyntaxError(`${text}: there is an item only inside a list operator`);
    setter(path);
    return path;
  } catch (cause) {
    if (!(cause instanceof PathSyntaxError) && !(cause instanceof SetterError)) throw cause;
    problems.add(cause instanceof SetterError ? "setter" : "jsonpath", at, cause.message);
    return undefined;
  }
}
