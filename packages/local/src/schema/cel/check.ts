import type { parse } from "@bufbuild/cel";
import { additionalOf, type JsonSchema } from "../json-schema.ts";
import { ruleFunctions } from "./environment.ts";
import { escapeName, visibleNames, visibleProperty } from "./values.ts";

type Parsed = ReturnType<typeof parse>;
type Expr = Parsed["expr"];
type Call = Extract<Expr["exprKind"], { case: "callExpr" }>["value"];
type Loop = Extract<Expr["exprKind"], { case: "comprehensionExpr" }>["value"];

/** What is known of an expression before it is evaluated: the schema of its value, or nothing. */
type Known = JsonSchema | undefined;
type Scope = ReadonlyMap<string, Known>;

/** Why a rule cannot be used, and where in its text. */
export class RuleError extends Error {
  constructor(detail: string, position = 0) {
    super(`ERROR: <input>:1:${position + 1}: ${detail}`);
  }
}

const typeNames = new Set("bool bytes double duration int list map null_type string timestamp type uint".split(" "));
const constants: Readonly<Record<string, JsonSchema>> = {
  boolValue: { type: "boolean" },
  stringValue: { type: "string" },
  int64Value: { type: "integer" },
  doubleValue: { type: "number" },
};
const bool: JsonSchema = { type: "boolean" };
const predicates = new Set("_==_ _!=_ _<_ _<=_ _>_ _>=_ _&&_ _||_ !_ @in @not_strictly_false".split(" "));
/** What the evaluator knows without a declaration. */
const operators = new Set(["_&&_", "_||_", "@not_strictly_false", "_?_:_", "_[_]"]);

/** Whether two values may be equal, as far as their types are known. */
const comparable = (a: Known, b: Known): boolean => a?.type === undefined || b?.type === undefined || a.type === b.type;

/**
 * Looks for what a rule can never find: fields, variables and functions that do not exist, and comparisons of scalars
 * of different types. Other mistakes of types show when the rule is evaluated, and then refuse the object.
 * Throws RuleError.
 */
export function checkRule(parsed: Parsed, self: Known): { readonly type: Known; readonly usesOldSelf: boolean } {
  const positions = parsed.sourceInfo?.positions ?? {};
  let usesOldSelf = false;

  const refuse = (expr: Expr, detail: string): never => {
    throw new RuleError(detail, positions[String(expr.id)]);
  };

  const fieldOf = (expr: Expr, known: Known, field: string): Known => {
    if (known?.type === undefined) return undefined;
    if (known.type !== "object") return refuse(expr, `type '${known.type}' does not support field selection`);
    const additional = additionalOf(known);
    if (additional !== undefined) return additional;
    const name = visibleNames(known).find((candidate) => escapeName(candidate) === field);
    const property = name === undefined ? undefined : visibleProperty(known, name);
    const visible = property?.type !== undefined || property?.["x-kubernetes-int-or-string"] === true;
    return visible ? property : refuse(expr, `undefined field '${field}'`);
  };

  const call = (expr: Expr, { target, function: name, args }: Call, scope: Scope): Known => {
    if (!operators.has(name) && !ruleFunctions.has(name)) {
      const shown = name === "_?._" || name === "_[?_]" ? "optional values" : `'${name}'`;
      refuse(expr, `undeclared reference to ${shown} (this stand-in API server may support fewer functions)`);
    }
    if (target !== undefined) visit(target, scope);
    const [first, second] = args.map((arg) => visit(arg, scope));
    if ((name === "_==_" || name === "_!=_") && !comparable(first, second)) {
      refuse(expr, `found no matching overload for '${name}' applied to '(${first?.type}, ${second?.type})'`);
    }
    if (name === "_[_]") return first?.type === "array" ? first.items : first && additionalOf(first);
    return predicates.has(name) ? bool : undefined;
  };

  const loop = ({ iterRange, iterVar, accuVar, accuInit, loopCondition, loopStep, result }: Loop, scope: Scope) => {
    const range = visit(iterRange, scope);
    const item: Known = range?.type === "object" ? { type: "string" } : range?.items;
    const start = visit(accuInit, scope);
    const inner = new Map(scope).set(iterVar, item).set(accuVar, start);
    visit(loopCondition, inner);
    visit(loopStep, inner);
    return visit(result, new Map(scope).set(accuVar, start));
  };

  const visit = (expr: Expr | undefined, scope: Scope): Known => {
    if (expr === undefined) return undefined;
    const { exprKind } = expr;
    switch (exprKind.case) {
      case "constExpr":
        return constants[exprKind.value.constantKind.case ?? ""];
      case "identExpr": {
        const { name } = exprKind.value;
        if (name === "oldSelf") usesOldSelf = true;
        if (!scope.has(name) && !typeNames.has(name))
          refuse(expr, `undeclared reference to '${name}' (in container '')`);
        return scope.get(name);
      }
      case "selectExpr": {
        const { operand, field, testOnly } = exprKind.value;
        const known = fieldOf(expr, visit(operand, scope), field);
        return testOnly ? bool : known;
      }
      case "callExpr":
        return call(expr, exprKind.value, scope);
      case "listExpr":
        for (const element of exprKind.value.elements) visit(element, scope);
        return undefined;
      case "structExpr":
        if (exprKind.value.messageName !== "")
          refuse(expr, `undeclared reference to '${exprKind.value.messageName}' (in container '')`);
        for (const { keyKind, value } of exprKind.value.entries) {
          if (keyKind.case === "mapKey") visit(keyKind.value, scope);
          visit(value, scope);
        }
        return undefined;
      case "comprehensionExpr":
        return loop(exprKind.value, scope);
      case undefined:
        return undefined;
    }
  };

  const type = visit(
    parsed.expr,
    new Map([
      ["self", self],
      ["oldSelf", self],
    ]),
  );
  return { type, usesOldSelf };
}
