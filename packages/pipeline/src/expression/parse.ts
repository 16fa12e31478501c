import type { Json } from "@headgate/api";

import { parsePath } from "../jsonpath/parse.ts";
import { PathSyntaxError } from "../jsonpath/scanner.ts";
import { matcher } from "../text/regex.ts";
import { isDoc, isList } from "../value.ts";
import type { Expression } from "./ast.ts";
import { parseFields } from "./fields.ts";
import { isOperator, shapes } from "./operators.ts";
import type { OperatorName } from "./operators.ts";
import { inside, maxDepth } from "./standing.ts";
import type { Standing } from "./standing.ts";

/** Reads an expression. Every fault goes to `problems`; the result of a faulty one is of no use. */
export function parseExpression(raw: Json, standing: Standing): Expression {
  const { at, problems } = standing;
  if (standing.depth > maxDepth) {
    problems.add("parse", at, `expressions may be nested ${maxDepth} deep`);
    return { kind: "literal", value: null, at };
  }
  if (typeof raw === "string") return parseText(raw, standing);
  if (isList(raw))
    return { kind: "list", at, items: raw.map((item, index) => parseExpression(item, inside(standing, index))) };
  if (!isDoc(raw)) return { kind: "literal", value: raw, at };
  const [key, ...others] = Object.keys(raw);
  if (key?.startsWith("@") === true && others.length === 0)
    return parseCall(key, raw[key] ?? null, inside(standing, key));
  return { kind: "map", at, fields: parseFields(raw, standing, parseExpression) };
}

function parseText(text: string, standing: Standing): Expression {
  const { at, problems } = standing;
  if (text === "@now") return { kind: "now", at };
  if (!text.startsWith("$")) return { kind: "literal", value: text, at };
  try {
    const { item, path } = parsePath(text);
    if (item && !standing.item) problems.add("jsonpath", at, `${text}: there is an item only inside a list operator`);
    return { kind: "path", item, path, at };
  } catch (cause) {
    if (!(cause instanceof PathSyntaxError)) throw cause;
    problems.add("jsonpath", at, cause.message);
    return { kind: "literal", value: null, at };
  }
}

function parseCall(name: string, raw: Json, standing: Standing): Expression {
  const { at, problems } = standing;
  if (!isOperator(name)) {
    problems.add("unknown-op", at, `there is no operator ${name}`);
    return { kind: "literal", value: null, at };
  }
  if (name === "@literal") return { kind: "literal", value: raw, at };
  const shape = shapes[name];
  if (shape === "value" || shape === "list" || (shape === "truths" && !isList(raw)))
    return { kind: "call", name, at, arguments: [parseExpression(raw, { ...standing, depth: standing.depth + 1 })] };
  if (shape === "items") return parseItems(name, raw, standing);
  if (shape === "cases") return parseCases(name, raw, standing);
  return parseArguments(name, raw, { ...standing, counts: shape === "truths" ? [0, Infinity] : shape });
}

type Counted = Standing & { readonly counts: readonly [least: number, most: number] };

function parseArguments(name: OperatorName, raw: Json, { counts: [least, most], ...standing }: Counted): Expression {
  const { at, problems } = standing;
  const argument = isList(raw) || written.has(name) ? undefined : parseExpression(raw, standing);
  if (argument !== undefined && (argument.kind !== "literal" || isList(argument.value)))
    return { kind: "apply", name, at, argument };
  const items = isList(raw) ? raw : [];
  if (!isList(raw) || items.length < least || items.length > most)
    problems.add(
      "arity",
      at,
      `${name} takes ${counted(least, most)}, ${isList(raw) ? `not ${items.length}` : "as a list"}`,
    );
  if (name === "@regex") checkPattern(items[1], standing);
  return {
    kind: "call",
    name,
    at,
    arguments: items.map((item, index) => parseExpression(item, inside(standing, index))),
  };
}

function checkPattern(pattern: Json | undefined, standing: Standing): void {
  const { at } = inside(standing, 1);
  const wrong =
    typeof pattern === "string" && !pattern.startsWith("$") ? matcher(pattern) : "it is written, not computed";
  if (typeof wrong === "string") standing.problems.add("compile", at, `no regular expression: ${wrong}`);
}

/** Operators that look at some of their arguments only, or need them before there is an object: these are written out. */
const written: ReadonlySet<OperatorName> = new Set<OperatorName>(["@cond", "@definedOr", "@regex"]);

function counted(least: number, most: number): string {
  return `${least === most ? "" : `${least} or `}${most} arguments`;
}

function parseItems(name: OperatorName, raw: Json, standing: Standing): Expression {
  const { at, problems } = standing;
  if (!isList(raw) || raw.length !== 2) {
    problems.add("arity", at, `${name} takes an expression and a list`);
    return { kind: "literal", value: null, at };
  }
  const [each = null, list = null] = raw;
  return {
    kind: "call",
    name,
    at,
    arguments: [
      parseExpression(each, { ...inside(standing, 0), item: true }),
      parseExpression(list, inside(standing, 1)),
    ],
  };
}

function parseCases(name: OperatorName, raw: Json, standing: Standing): Expression {
  const { at, problems } = standing;
  const cases = isList(raw) ? raw : [];
  if (cases.length === 0) problems.add("arity", at, `${name} takes a list of [condition, value]`);
  const parsed = cases.flatMap((one, index) => {
    const place = inside(standing, index);
    if (!isList(one) || one.length !== 2) problems.add("arity", place.at, `a case of ${name} is [condition, value]`);
    return (isList(one) ? one : []).map((part, side) => parseExpression(part, inside(place, side)));
  });
  return { kind: "call", name, at, arguments: parsed };
}
