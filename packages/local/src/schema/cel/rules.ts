import { isCelError, parse, plan, type CelInput, type CelResult } from "@bufbuild/cel";
import { childPath, type FieldError } from "../field-error.ts";
import {
  additionalOf,
  isList,
  isObject,
  propertyOf,
  sameJson,
  type JsonSchema,
  type ValidationRule,
} from "../json-schema.ts";
import { oldItem } from "../validate.ts";
import { checkRule, RuleError } from "./check.ts";
import { ruleEnvironment } from "./environment.ts";
import { toCelValue } from "./values.ts";

type Program = (bindings: Record<string, CelInput>) => CelResult;

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly holds: Program;
  readonly message: Program | undefined;
  readonly usesOldSelf: boolean;
}

/** The rules of a schema, arranged as the schema is. Nodes without rules at or below them are left out. */
export interface RuleTree {
  readonly schema: JsonSchema;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleTree>;
  readonly additional: RuleTree | undefined;
  readonly items: RuleTree | undefined;
}

interface Node {
  readonly schema: JsonSchema;
  readonly path: string;
  /** Whether a stored value can be found for this place. */
  readonly correlatable: boolean;
}

function program(source: string, wanted: "boolean" | "string", { schema }: Node) {
  const parsed = parse(source);
  const { type, usesOldSelf } = checkRule(parsed, schema);
  if (type?.type !== undefined && type.type !== wanted)
    throw new Error(`must evaluate to a ${wanted === "boolean" ? "bool" : wanted}`);
  return { run: plan(ruleEnvironment, parsed) as Program, usesOldSelf };
}

/** The path that a rule's errors are reported at, relative to its schema; undefined when there is no such field. */
function resolveFieldPath(schema: JsonSchema, fieldPath: string): string | undefined {
  let at: JsonSchema | undefined = schema;
  let path = "";
  let rest = fieldPath;
  while (rest !== "" && at !== undefined) {
    const [step = "", plain, quoted] = /^\.([^.[\]]+)|^\['((?:[^'\\]|\\.)+)'\]/.exec(rest) ?? [];
    if (step === "") return undefined;
    const name: string = plain ?? (quoted ?? "").replace(/\\(.)/g, "$1");
    const property = propertyOf(at, name);
    path = property === undefined ? `${path}[${name}]` : childPath(path, name);
    at = property ?? additionalOf(at);
    rest = rest.slice(step.length);
  }
  return at === undefined ? undefined : path;
}

function compileRule(rule: ValidationRule, node: Node, at: string, errors: FieldError[]): CompiledRule | undefined {
  const refuse = (key: keyof ValidationRule, detail: string): void => {
    errors.push({ path: `${at}.${key}`, type: "Invalid", value: rule[key], detail });
  };
  if (rule.message?.includes("\n") === true) refuse("message", "message must not contain line breaks");
  if (rule.fieldPath !== undefined && resolveFieldPath(node.schema, rule.fieldPath) === undefined) {
    refuse("fieldPath", "fieldPath must be a valid path: does not refer to a valid field");
  }
  if (rule.optionalOldSelf === true) refuse("optionalOldSelf", "this stand-in API server does not support it");
  const build = (
    key: "rule" | "messageExpression",
    source: string,
    wanted: "boolean" | "string",
  ): ReturnType<typeof program> | undefined => {
    try {
      return program(source, wanted, node);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const detail =
        error instanceof RuleError || !why.startsWith("must") ? `compilation failed: ${why}` : `${key} ${why}`;
      refuse(key, detail);
      return undefined;
    }
  };
  const holds = build("rule", rule.rule, "boolean");
  const message =
    rule.messageExpression === undefined ? undefined : build("messageExpression", rule.messageExpression, "string");
  if (holds?.usesOldSelf === true && !node.correlatable) {
    refuse("rule", "oldSelf cannot be used on the uncorrelatable portion of the schema");
  }
  return holds && { rule, holds: holds.run, message: message?.run, usesOldSelf: holds.usesOldSelf };
}

/** Compiles every rule of the schema. What cannot be used goes to `errors`; undefined when there is no rule at all. */
export function compileRules(node: Node, errors: FieldError[]): RuleTree | undefined {
  const { schema, path, correlatable } = node;
  const rules = (schema["x-kubernetes-validations"] ?? [])
    .map((rule, i) => compileRule(rule, node, `${path}.x-kubernetes-validations[${i}]`, errors))
    .filter((rule) => rule !== undefined);
  const below = (child: JsonSchema | undefined, at: string, found = correlatable): RuleTree | undefined =>
    child && compileRules({ schema: child, path: `${path}.${at}`, correlatable: found }, errors);
  const properties = new Map<string, RuleTree>();
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const tree = below(property, `properties[${key}]`);
    if (tree !== undefined) properties.set(key, tree);
  }
  const additional = below(additionalOf(schema), "additionalProperties");
  const items = below(schema.items, "items", correlatable && schema["x-kubernetes-list-type"] === "map");
  const none = rules.length === 0 && properties.size === 0 && additional === undefined && items === undefined;
  return none ? undefined : { schema, rules, properties, additional, items };
}

interface Visit {
  readonly tree: RuleTree;
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
  /** Whether the nearest place above that has a stored value is as it was stored. */
  readonly kept: boolean;
}

function ruleText({ message, rule }: ValidationRule): string {
  return (message ?? rule).trim();
}

function failure({ rule, message }: CompiledRule, visit: Visit, bindings: Record<string, CelInput>): FieldError {
  const worded = message?.(bindings);
  const usable = typeof worded === "string" && worded.trim() !== "" && !worded.includes("\n");
  const standard = rule.message === undefined ? `failed rule: ${ruleText(rule)}` : ruleText(rule);
  const detail = usable ? worded.trim() : standard;
  const { schema } = visit.tree;
  const sub = rule.fieldPath === undefined ? "" : (resolveFieldPath(schema, rule.fieldPath) ?? "");
  const path = sub === "" || sub.startsWith("[") ? visit.path + sub : childPath(visit.path, sub);
  const shown = schema.type === "object" || schema.type === "array" ? {} : { value: visit.value };
  if (rule.reason === "FieldValueForbidden") return { path, type: "Forbidden", detail };
  if (rule.reason === "FieldValueRequired") return { path, type: "Required", detail };
  if (rule.reason === "FieldValueDuplicate") return { path, type: "Duplicate", ...shown, detail: "" };
  return { path, type: "Invalid", ...shown, detail };
}

function isKept({ value, old, kept }: Visit): boolean {
  return old === undefined ? kept : sameJson(value, old);
}

function runRules(visit: Visit, errors: FieldError[]): void {
  const { tree, value, old, path } = visit;
  if (tree.rules.length === 0) return;
  const unchanged = isKept(visit);
  const self = toCelValue(tree.schema, value);
  const oldSelf = old === undefined ? undefined : toCelValue(tree.schema, old);
  for (const compiled of tree.rules) {
    const { rule, usesOldSelf } = compiled;
    if (usesOldSelf && oldSelf === undefined) continue;
    // An update may keep what is stored, even where a newer rule would refuse it.
    if (unchanged && !usesOldSelf) continue;
    const bindings = { self, oldSelf: oldSelf ?? null };
    const result = compiled.holds(bindings);
    if (isCelError(result)) {
      const detail = `${result.message} evaluating rule: ${ruleText(rule)}`;
      errors.push({ path, type: "Invalid", value: tree.schema.type ?? "", detail });
    } else if (result !== true) {
      errors.push(failure(compiled, visit, bindings));
    }
  }
}

function visitRules(visit: Visit, errors: FieldError[]): void {
  const { tree, value, old, path } = visit;
  if (value === null) return;
  runRules(visit, errors);
  const { items, additional } = tree;
  if (isList(value) && items !== undefined) {
    // Items of other lists than those of type map have no stored value of their own.
    const kept = tree.schema["x-kubernetes-list-type"] !== "map" && isKept(visit);
    value.forEach((item, i) => {
      visitRules(
        { tree: items, value: item, old: oldItem(tree.schema, item, old), path: `${path}[${i}]`, kept },
        errors,
      );
    });
  } else if (isObject(value)) {
    const before = isObject(old) ? old : {};
    const kept = isKept(visit);
    for (const [key, item] of Object.entries(value)) {
      const property = tree.properties.get(key);
      if (property !== undefined) {
        visitRules({ tree: property, value: item, old: before[key], path: childPath(path, key), kept }, errors);
      } else if (additional !== undefined && propertyOf(tree.schema, key) === undefined) {
        visitRules({ tree: additional, value: item, old: before[key], path: `${path}[${key}]`, kept }, errors);
      }
    }
  }
}

/** The rules that do not hold for the object. Transition rules need `old`, the stored object. */
export function validateRules(tree: RuleTree, value: unknown, old: unknown): FieldError[] {
  const errors: FieldError[] = [];
  visitRules({ tree, value, old, path: "", kept: false }, errors);
  return errors;
}
