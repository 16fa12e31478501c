import type { CelFunc, CelType, parse } from "@bufbuild/cel";
import { additionalOf, type JsonSchema } from "../json-schema.ts";
import { ruleFunctions } from "./environment.ts";
import { escapeName, visibleNames, visibleProperty } from "./values.ts";

type Parsed = ReturnType<typeof parse>;
/** A node of a parsed rule. */
export type Expr = Parsed["expr"];

/** What is known of an expression's type before it is evaluated. `dyn` is anything. */
export interface StaticType {
  readonly kind: string;
  /** Items of lists and values of maps. */
  readonly item?: StaticType;
  /** The object's schema, for kind `object`. */
  readonly schema?: JsonSchema;
}

const dyn: StaticType = { kind: "dyn" };
const bool: StaticType = { kind: "bool" };
const string: StaticType = { kind: "string" };

const timestamp: StaticType = { kind: "google.protobuf.Timestamp" };
const formats: Readonly<Record<string, StaticType>> = {
  byte: { kind: "bytes" },
  date: timestamp,
  "date-time": timestamp,
  datetime: timestamp,
  duration: { kind: "google.protobuf.Duration" },
};

/** The type that rules see for a schema; undefined when they cannot see it at all. */
export function typeOfSchema(schema: JsonSchema): StaticType | undefined {
  switch (schema.type) {
    case "array":
      return { kind: "list", item: (schema.items && typeOfSchema(schema.items)) ?? dyn };
    case "object": {
      const additional = additionalOf(schema);
      return additional === undefined
        ? { kind: "object", schema }
        : { kind: "map", item: typeOfSchema(additional) ?? dyn };
    }
    case "string":
      return formats[schema.format ?? ""] ?? string;
    case "integer":
      return { kind: "int" };
    case "number":
      return { kind: "double" };
    case "boolean":
      return bool;
    case undefined:
  }
  return schema["x-kubernetes-int-or-string"] === true ? dyn : undefined;
}

type Scope = ReadonlyMap<string, StaticType>;

/** Why a rule cannot be used, and where in its text. */
export class RuleError extends Error {
  constructor(detail: string, position?: number) {
    super(`ERROR: <input>:1:${(position ?? 0) + 1}: ${detail}`);
  }
}

const typeNames = new Set("bool bytes double duration int list map null_type string timestamp type uint".split(" "));

const operatorsOfBool = new Set(["_&&_", "_||_", "!_", "@not_strictly_false"]);
const sameTypes = new Set(["_==_", "_!=_"]);

/** Operators and functions that the evaluator knows without a declaration. */
const special: Readonly<Record<string, number>> = {
  "_&&_": 2,
  "_||_": 2,
  "@not_strictly_false": 1,
  "_?_:_": 3,
  "_[_]": 2,
};

const spelled: Readonly<Record<string, string>> = {
  "_?._": "optional field selection (?.)",
  "_[?_]": "optional indexing ([?])",
};

function fits(type: StaticType, declared: CelType): boolean {
  return ["dyn", "optional"].includes(type.kind) || declared.name === "dyn" || declared.name === type.kind;
}

class Checker {
  readonly #positions: Readonly<Record<string, number>>;
  usesOldSelf = false;

  constructor(parsed: Parsed) {
    this.#positions = parsed.sourceInfo?.positions ?? {};
  }

  #refuse(expr: Expr, detail: string): never {
    throw new RuleError(detail, this.#positions[String(expr.id)]);
  }

  check(expr: Expr | undefined, scope: Scope): StaticType {
    if (expr === undefined) return dyn;
    const { exprKind } = expr;
    switch (exprKind.case) {
      case "constExpr":
        return { kind: exprKind.value.constantKind.case?.replace(/(64)?Value$/, "") ?? "dyn" };
      case "identExpr":
        return this.#ident(expr, exprKind.value.name, scope);
      case "selectExpr": {
        const { operand, field, testOnly } = exprKind.value;
        const type = this.#field(expr, this.check(operand, scope), field);
        return testOnly ? bool : type;
      }
      case "callExpr":
        return this.#call(expr, exprKind.value, scope);
      case "listExpr": {
        const items = exprKind.value.elements.map((element) => this.check(element, scope));
        return { kind: "list", item: items[0] ?? dyn };
      }
      case "structExpr": {
        if (exprKind.value.messageName !== "")
          this.#refuse(expr, `undeclared reference to '${exprKind.value.messageName}'`);
        for (const { keyKind, value } of exprKind.value.entries) {
          if (keyKind.case === "mapKey") this.check(keyKind.value, scope);
          this.check(value, scope);
        }
        return { kind: "map", item: dyn };
      }
      case "comprehensionExpr":
        return this.#loop(expr, exprKind.value, scope);
      case undefined:
        return dyn;
    }
  }

  #ident(expr: Expr, name: string, scope: Scope): StaticType {
    if (name === "oldSelf") this.usesOldSelf = true;
    const known = scope.get(name);
    if (known !== undefined) return known;
    if (typeNames.has(name)) return { kind: "type" };
    return this.#refuse(expr, `undeclared reference to '${name}' (in container '')`);
  }

  #field(expr: Expr, type: StaticType, field: string): StaticType {
    if (type.kind === "dyn") return dyn;
    if (type.kind === "map") return type.item ?? dyn;
    const { schema } = type;
    if (type.kind !== "object" || schema === undefined) {
      return this.#refuse(expr, `type '${type.kind}' does not support field selection`);
    }
    const name = visibleNames(schema).find((candidate) => escapeName(candidate) === field);
    const property = name === undefined ? undefined : visibleProperty(schema, name);
    return (property && typeOfSchema(property)) ?? this.#refuse(expr, `undefined field '${field}'`);
  }

  #loop(expr: Expr, loop: Extract<Expr["exprKind"], { case: "comprehensionExpr" }>["value"], scope: Scope): StaticType {
    const range = this.check(loop.iterRange, scope);
    if (!["dyn", "list", "map"].includes(range.kind)) {
      this.#refuse(
        expr,
        `expression of type '${range.kind}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
    }
    const item = range.kind === "list" ? (range.item ?? dyn) : range.kind === "map" ? string : dyn;
    const start = this.check(loop.accuInit, scope);
    const inner = new Map(scope).set(loop.iterVar, item).set(loop.accuVar, start);
    this.check(loop.loopCondition, inner);
    const step = this.check(loop.loopStep, inner);
    return this.check(loop.result, new Map(scope).set(loop.accuVar, start.kind === "list" ? step : start));
  }

  /** `sets.contains(…)`: a function whose name has a dot. */
  #qualified(target: Expr | undefined, name: string, scope: Scope): string | undefined {
    if (target?.exprKind.case !== "identExpr" || scope.has(target.exprKind.value.name)) return undefined;
    return `${target.exprKind.value.name}.${name}`;
  }

  #call(expr: Expr, call: Extract<Expr["exprKind"], { case: "callExpr" }>["value"], scope: Scope): StaticType {
    const dotted = this.#qualified(call.target, call.function, scope);
    const whole = dotted !== undefined && ruleFunctions.some((func) => func.name === dotted);
    const name = whole ? dotted : call.function;
    const arity = special[name];
    if (arity === undefined && !ruleFunctions.some((func) => func.name === name)) {
      const shown = spelled[name] ?? `'${name}'`;
      this.#refuse(expr, `undeclared reference to ${shown} (this stand-in API server may support fewer functions)`);
    }
    const target = call.target === undefined || whole ? undefined : this.check(call.target, scope);
    const args = call.args.map((arg) => this.check(arg, scope));
    const mismatch = (): never => {
      const types = args.map((type) => type.kind).join(", ");
      return this.#refuse(
        expr,
        `found no matching overload for '${name}' applied to '${target ? `${target.kind}.` : ""}(${types})'`,
      );
    };
    const optional = ["hasValue", "value", "orValue"].includes(name);
    if (target && optional !== (target.kind === "optional")) mismatch();
    if (args.some((type) => type.kind === "optional")) mismatch();
    if (arity !== undefined) return arity === args.length ? this.#special(name, args, mismatch) : mismatch();
    const fitting = ruleFunctions.filter((func) => func.name === name && this.#matches(func, target, args));
    if (fitting.length === 0) return mismatch();
    const [first, second] = args;
    if (sameTypes.has(name) && first && second && !comparable(first, second)) mismatch();
    return resultOf(fitting, name, target, args);
  }

  #matches(func: CelFunc, target: StaticType | undefined, args: readonly StaticType[]): boolean {
    if ((func.target === undefined) !== (target === undefined) || func.arguments.length !== args.length) return false;
    if (func.target !== undefined && target !== undefined && !fits(target, func.target)) return false;
    return args.every((type, i) => {
      const declared = func.arguments[i];
      return declared !== undefined && fits(type, declared);
    });
  }

  #special(name: string, args: readonly StaticType[], mismatch: () => never): StaticType {
    const [first = dyn, second = dyn, third = dyn] = args;
    const isBool = (type: StaticType): boolean => type.kind === "bool" || type.kind === "dyn";
    if (operatorsOfBool.has(name)) return args.every(isBool) ? bool : mismatch();
    if (name === "_?_:_") return isBool(first) ? (second.kind === third.kind ? second : dyn) : mismatch();
    if (first.kind === "dyn") return dyn;
    const key = first.kind === "list" ? "int" : first.kind === "map" ? "string" : undefined;
    return key !== undefined && (second.kind === key || second.kind === "dyn") ? (first.item ?? dyn) : mismatch();
  }
}

function comparable(a: StaticType, b: StaticType): boolean {
  const kinds = [a.kind, b.kind].map((kind) => (kind === "object" ? "map" : kind));
  return kinds[0] === kinds[1] || kinds.includes("dyn") || kinds.includes("null");
}

function resultOf(
  funcs: readonly CelFunc[],
  name: string,
  target: StaticType | undefined,
  args: readonly StaticType[],
): StaticType {
  const [first = dyn, second = dyn] = args;
  // A filter adds to an empty list: the other side knows the items.
  if (name === "_+_" && first.kind === "list") return first.item?.kind === "dyn" ? second : first;
  if (["value", "orValue"].includes(name)) return target?.item ?? dyn;
  const names = new Set(funcs.map((func) => func.result.name));
  const [only] = names;
  return names.size === 1 && only !== undefined ? { kind: only, item: dyn } : dyn;
}

/** The type of a parsed rule, and whether it looks at the stored object. Throws RuleError when it cannot be used. */
export function checkRule(
  parsed: Parsed,
  self: StaticType,
  oldSelf: StaticType,
): { type: StaticType; usesOldSelf: boolean } {
  const checker = new Checker(parsed);
  const type = checker.check(
    parsed.expr,
    new Map([
      ["self", self],
      ["oldSelf", oldSelf],
    ]),
  );
  return { type, usesOldSelf: checker.usesOldSelf };
}
