import type { Controller, Expression, Path, Stage } from "@headgate/pipeline";

import { anyMap, fieldShape, mergedShapes, seenAt, shapeOfJson, unknown, withField } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Hears of a path that finds nothing, whatever the objects are. */
export type OnNothing = (at: string, path: string) => void;

interface Scope {
  readonly subject: Shape;
  readonly onNothing: OnNothing;
}

/**
 * The shape of the objects that a controller makes. `sourceOf` gives the shape of a source's objects. What is not known is
 * never guessed: a shape says only what holds of every object.
 */
export function outputShape(
  controller: Controller,
  sourceOf: (index: number) => Shape,
  onNothing: OnNothing = () => undefined,
): Shape {
  const { stages, at } = controller;
  const sources = controller.sources.flatMap((source, index) =>
    source.type === "Periodic" ? [] : [[source.name, sourceOf(index)] as const],
  );
  let subject: Shape =
    stages[0]?.kind === "join"
      ? { kind: "map", fields: new Map(sources), open: false, at }
      : (sources[0]?.[1] ?? unknown(at));
  for (const stage of stages) subject = afterStage(stage, { subject, onNothing });
  return subject;
}

function afterStage(stage: Stage, scope: Scope): Shape {
  const { subject } = scope;
  switch (stage.kind) {
    case "join":
    case "select":
      shapeOf(stage.condition, scope);
      return subject;
    case "project": {
      const result = shapeOf(stage.result, scope);
      if (result.kind === "list") return result.items.reduce(mergedShapes, { kind: "nothing", at: stage.at });
      return result.kind === "map" ? result : anyMap(stage.at);
    }
    case "unwind": {
      const names = namesOf(stage.path);
      if (names === undefined) return anyMap(stage.at);
      const list = followed(names, subject, stage.at);
      const item: Shape =
        list.kind === "list" && list.items.length > 0
          ? { kind: "either", options: list.items, at: stage.at }
          : unknown(stage.at);
      return withField(withField(subject, names, item), ["metadata", "name"], {
        kind: "scalar",
        type: "string",
        at: stage.at,
      });
    }
    case "gather": {
      shapeOf(stage.group, scope);
      if (stage.value.from === "constant") return anyMap(stage.at);
      const names = namesOf(stage.value.path);
      if (names === undefined) return anyMap(stage.at);
      const item = followed(names, subject, stage.at);
      return withField(subject, names, { kind: "list", items: [item], at: stage.at });
    }
  }
}

/** The names of a path that is nothing but names. */
function namesOf(path: Path): readonly string[] | undefined {
  const names = path.flatMap((segment) => (segment.type === "child" ? [segment.name] : []));
  return names.length === path.length ? names : undefined;
}

function followed(names: readonly string[], subject: Shape, at: string): Shape {
  return names.reduce((shape, name) => fieldShape(shape, name, at), subject);
}

const strings = ["@string", "@concat", "@hash", "@lower", "@upper", "@trim", "@replace"];
const numbers = [
  "@int",
  "@float",
  "@len",
  "@add",
  "@sub",
  "@mul",
  "@div",
  "@mod",
  "@abs",
  "@ceil",
  "@floor",
  "@sum",
  "@rnd",
];
const truths = [
  "@bool",
  "@and",
  "@or",
  "@not",
  "@isnil",
  "@exists",
  "@has",
  "@eq",
  "@ne",
  "@lt",
  "@lte",
  "@gt",
  "@gte",
];
const moreTruths = ["@in", "@contains", "@selector", "@regex", "@any", "@all", "@none"];
const lists = ["@list", "@map", "@filter", "@range", "@split", "@sort", "@unique", "@flatten", "@keys", "@values"];

/** What operators always give, if they give anything. */
const results: ReadonlyMap<string, "string" | "number" | "boolean" | "list"> = new Map([
  ...strings.map((name) => [name, "string"] as const),
  ...numbers.map((name) => [name, "number"] as const),
  ...[...truths, ...moreTruths].map((name) => [name, "boolean"] as const),
  ...lists.map((name) => [name, "list"] as const),
]);

function shapeOf(expression: Expression, scope: Scope): Shape {
  const { at } = expression;
  switch (expression.kind) {
    case "literal":
      return shapeOfJson(expression.value, at);
    case "now":
      return { kind: "scalar", type: "string", at };
    case "path": {
      const names = expression.item ? undefined : namesOf(expression.path);
      if (names === undefined) return unknown(at);
      const found = followed(names, scope.subject, at);
      if (found.kind === "nothing" && names.length > 0) scope.onNothing(at, `$.${names.join(".")}`);
      return seenAt(found, at);
    }
    case "list":
      return { kind: "list", items: expression.items.map((item) => shapeOf(item, scope)), at };
    case "map":
      return mapShape(expression, scope);
    case "call": {
      const parts = expression.arguments.map((argument) => shapeOf(argument, scope));
      return callShape(expression.name, parts, at);
    }
    case "apply":
      shapeOf(expression.argument, scope);
      return callShape(expression.name, [], at);
  }
}

function mapShape(expression: Expression & { readonly kind: "map" }, scope: Scope): Shape {
  let shape: Shape = { kind: "map", fields: new Map(), open: false, at: expression.at };
  for (const field of expression.fields) {
    const value = shapeOf(field.value, scope);
    if (field.to === "name") shape = withField(shape, [field.name], value);
    else if (field.to === "place") {
      const names = namesOf(field.path);
      shape = names === undefined ? anyMap(expression.at) : withField(shape, names, value);
    } else shape = mergedShapes(shape, value.kind === "map" ? value : anyMap(field.at));
  }
  return shape;
}

function callShape(name: string, parts: readonly Shape[], at: string): Shape {
  const [first, ...others] = parts;
  if (name === "@cond" && others.length > 1) return { kind: "either", options: others, at };
  if (name === "@switch") return { kind: "either", options: parts.filter((_, index) => index % 2 === 1), at };
  if (name === "@definedOr") return { kind: "either", options: parts, at };
  if (name === "@dict" && first?.kind === "map") return first;
  const result = results.get(name);
  if (result === undefined) return unknown(at);
  return result === "list" ? { kind: "list", items: [], at } : { kind: "scalar", type: result, at };
}
