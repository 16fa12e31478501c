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

/** The rules of a schema and of every schema within it. */
export type Rules = ReadonlyMap<JsonSchema, readonly CompiledRule[]>;

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

/** Compiles every rule of the schema into `rules`. What cannot be used goes to `errors`. */
export function compileRules(node: Node, errors: FieldError[], rules = new Map<JsonSchema, CompiledRule[]>()): Rules {
  const { schema, path, correlatable } = node;
  const own = (schema["x-kubernetes-validations"] ?? [])
    .map((rule, i) => compileRule(rule, node, `${path}.x-kubernetes-validations[${i}]`, errors))
    .filter((rule) => rule !== undefined);
  if (own.length > 0) rules.set(schema, own);
  const below = (child: JsonSchema | undefined, at: string, found = correlatable): void => {
    if (child) compileRules({ schema: child, path: `${path}.${at}`, correlatable: found }, errors, rules);
  };
  for (const [key, property] of Object.entries(schema.properties ?? {})) below(property, `properties[${key}]`);
  below(additionalOf(schema), "additionalProperties");
  below(schema.items, "items", correlatable && schema["x-kubernetes-list-type"] === "map");
  return rules;
}

interface Visit {
  readonly rules: Rules;
  readonly schema: JsonSchema;
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
  const { schema } = visit;
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
  const { schema, value, old, path } = visit;
  const rules = visit.rules.get(schema);
  if (rules === undefined) return;
  const unchanged = isKept(visit);
  const self = toCelValue(schema, value);
  const oldSelf = old === undefined ? undefined : toCelValue(schema, old);
  for (const compiled of rules) {
    const { rule, usesOldSelf } = compiled;
    if (usesOldSelf && oldSelf === undefined) continue;
    // An update may keep what is stored, even where a newer rule would refuse it.
    if (unchanged && !usesOldSelf) continue;
    const bindings = { self, oldSelf: oldSelf ?? null };
    const result = compiled.holds(bindings);
    if (isCelError(result)) {
      const detail = `${worded(result.message)} evaluating rule: ${ruleText(rule)}`;
      errors.push({ path, type: "Invalid", value: schema.type ?? "", detail });
    } else if (result !== true) {
      errors.push(failure(compiled, visit, bindings));
    }
  }
}

function visitRules(visit: Visit, errors: FieldError[]): void {
  const { rules, schema, value, old, path } = visit;
  if (value === null) return;
  runRules(visit, errors);
  const { items } = schema;
  if (isList(value) && items !== undefined) {
    // Items of other lists than those of type map have no stored value of their own.
    const kept = schema["x-kubernetes-list-type"] !== "map" && isKept(visit);
    value.forEach((item, i) => {
      const before = oldItem(schema, item, old);
      visitRules({ rules, schema: items, value: item, old: before, path: `${path}[${i}]`, kept }, errors);
    });
  } else if (isObject(value)) {
    const kept = isKept(visit);
    for (const [key, item] of Object.entries(value)) {
      const property = propertyOf(schema, key);
      const child = property ?? additionalOf(schema);
      const at = property === undefined ? `${path}[${key}]` : childPath(path, key);
      const before = isObject(old) ? old[key] : undefined;
      if (child) visitRules({ rules, schema: child, value: item, old: before, path: at, kept }, errors);
    }
  }
}

/** The rules that do not hold for an object of the schema. Transition rules need `old`, the stored object. */
export function validateRules(rules: Rules, schema: JsonSchema, value: unknown, old: unknown): FieldError[] {
  const errors: FieldError[] = [];
  if (rules.size > 0) visitRules({ rules, schema, value, old, path: "", kept: false }, errors);
  return errors;
}

/** The library's words for what can go wrong, and the API server's. */
const wordings: readonly (readonly [RegExp, string])[] = [
  [/^field not found: /, "no such key: "],
  [/^index (-?\d+) out of bounds.*/, "index out of bounds: $1"],
  [/^int (divide|modulus) by zero/, "$1 by zero"],
  [/^divide by zero/, "division by zero"],
  [/^Failed to parse duration.*/, "type conversion error from 'string' to 'google.protobuf.Duration'"],
  [/^found no matching overload.*/, "no such overload"],
];

function worded(message: string): string {
  return wordings.reduce((text, [theirs, ours]) => text.replace(theirs, ours), message);
}
