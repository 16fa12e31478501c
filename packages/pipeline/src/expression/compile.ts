import type { Json } from "@headgate/api";

import { getter } from "../jsonpath/get.ts";
import { setter, SetterError } from "../jsonpath/set.ts";
import { matcher } from "../text/regex.ts";
import { isDoc, kindOf, put } from "../value.ts";
import type { Draft } from "../value.ts";
import type { Expression, Field } from "./ast.ts";
import { boundedText, fault, integerOf, listOf, mapOf, textOf, truthOf } from "./evaluate.ts";
import type { Blame, Evaluate, Surroundings } from "./evaluate.ts";
import { shapes } from "./operators.ts";
import { ofList, ofTwo, ofValue, unwrapped } from "./values.ts";

type Call = Expression & { readonly kind: "call" };

/** Makes the function that computes an expression. */
export function compile(expression: Expression): Evaluate {
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "now":
      return (_subject, _item, around) => around.now;
    case "path":
      return compilePath(expression);
    case "list": {
      const items = expression.items.map(compile);
      return (subject, item, around) => items.map((one) => one(subject, item, around));
    }
    case "map":
      return compileMap(expression.fields);
    case "call":
      return compileCall(expression);
    case "apply":
      return compileApply(expression);
  }
}

function compilePath({ path, item }: Expression & { readonly kind: "path" }): Evaluate {
  const get = getter(path);
  return item ? (_subject, local) => get(local, local) ?? null : (subject) => get(subject, subject) ?? null;
}

function compileMap(fields: readonly Field[]): Evaluate {
  const steps = fields.map(compileField);
  return (subject, item, around) => {
    let draft: Draft = {};
    for (const step of steps) draft = step(draft, subject, item, around);
    return draft;
  };
}

/** Puts a field into a draft, or gives a draft with it. */
function compileField(field: Field): (draft: Draft, ...rest: Parameters<Evaluate>) => Draft {
  const value = compile(field.value);
  const { at } = field;
  if (field.to === "name") {
    const { name } = field;
    return (draft, subject, item, around) => {
      put(draft, name, value(subject, item, around));
      return draft;
    };
  }
  if (field.to === "all") {
    return (draft, subject, item, around) => {
      const copied = value(subject, item, around);
      if (!isDoc(copied)) return fault({ at, name: "$." }, "setter", `a map expected, not ${kindOf(copied)}`);
      return { ...draft, ...copied };
    };
  }
  const set = setter(field.path);
  return (draft, subject, item, around) => {
    const computed = value(subject, item, around);
    try {
      return { ...mapOf(set(draft, computed), { at, name: "set" }) };
    } catch (cause) {
      if (cause instanceof SetterError) return fault({ at, name: "set" }, "setter", cause.message);
      throw cause;
    }
  };
}

function compileApply(expression: Expression & { readonly kind: "apply" }): Evaluate {
  const { name, at } = expression;
  const blame: Blame = { at, name };
  const argument = compile(expression.argument);
  const shape = shapes[name];
  const count = typeof shape === "object" ? shape[0] : 0;
  const call = direct(name, blame);
  return (subject, item, around) => {
    const values = listOf(argument(subject, item, around), blame);
    if (values.length !== count) fault(blame, "arity", `${count} arguments expected, not ${values.length}`);
    return call(values, around);
  };
}

/** An operator as a function of its computed arguments. */
function direct(name: Call["name"], blame: Blame): (values: readonly Json[], around: Surroundings) => Json {
  const two = ofTwo[name];
  if (two !== undefined) return ([a = null, b = null]) => two(a, b, blame);
  if (name === "@rnd")
    return ([least = null, below = null], around) => {
      const from = integerOf(least, blame);
      const span = integerOf(below, blame) - from;
      if (span <= 0) fault(blame, "type", "the second number must be greater than the first");
      return from + Math.floor(around.random() * span);
    };
  if (name === "@replace")
    return ([text = null, old = null, next = null]) =>
      boundedText(
        textOf(text, blame).replaceAll(textOf(old, blame), () => textOf(next, blame)),
        blame,
      );
  throw new Error(`operator ${name} has no function`);
}

function compileCall(call: Call): Evaluate {
  const { name, at } = call;
  const blame: Blame = { at, name };
  const shape = shapes[name];
  const [first, second] = call.arguments.map(compile);
  const value = ofValue[name];
  if (value !== undefined && first !== undefined)
    return (subject, item, around) => value(first(subject, item, around), blame);
  const list = ofList[name];
  if (list !== undefined) {
    const argument = compileList(call.arguments[0], blame);
    return (subject, item, around) => list(argument(subject, item, around), blame);
  }
  const two = ofTwo[name];
  if (two !== undefined && first !== undefined) {
    // The list that is searched may be wrapped, as the lists of all list operators.
    const other = name === "@in" ? compileWrapped(call.arguments[1]) : second;
    if (other !== undefined)
      return (subject, item, around) => two(first(subject, item, around), other(subject, item, around), blame);
  }
  if (shape === "truths") return compileTruths(call, blame);
  if (shape === "items") return compileItems(call, blame);
  return compileChoice(call, blame);
}

/** The argument of an operator of one list. */
function compileList(argument: Expression | undefined, blame: Blame): (...of: Parameters<Evaluate>) => readonly Json[] {
  const inner = compileWrapped(argument);
  return (subject, item, around) => listOf(inner(subject, item, around), blame);
}

function compileWrapped(argument: Expression | undefined): Evaluate {
  if (argument === undefined) return () => null;
  const inner = compile(argument);
  if (argument.kind !== "list" || argument.items.length !== 1) return inner;
  return (subject, item, around) => {
    const value = inner(subject, item, around);
    return Array.isArray(value) ? unwrapped(value as readonly Json[]) : value;
  };
}

function compileTruths(call: Call, blame: Blame): Evaluate {
  const conditions = call.arguments.map(compile);
  const decisive = call.name === "@or";
  return (subject, item, around) => {
    for (const condition of conditions)
      if (truthOf(condition(subject, item, around), blame) === decisive) return decisive;
    return !decisive;
  };
}

function compileItems(call: Call, blame: Blame): Evaluate {
  const [each = () => null] = call.arguments.map(compile);
  const list = compileList(call.arguments[1], blame);
  const { name } = call;
  if (name === "@map")
    return (subject, item, around) => list(subject, item, around).map((one) => each(subject, one, around));
  const holds = (subject: Json, around: Surroundings) => (one: Json) => truthOf(each(subject, one, around), blame);
  if (name === "@filter") return (subject, item, around) => list(subject, item, around).filter(holds(subject, around));
  if (name === "@all") return (subject, item, around) => list(subject, item, around).every(holds(subject, around));
  const wanted = name === "@any";
  return (subject, item, around) => list(subject, item, around).some(holds(subject, around)) === wanted;
}

/** Operators that compute one of their arguments and leave the others alone, and those with arguments known beforehand. */
function compileChoice(call: Call, blame: Blame): Evaluate {
  const { name } = call;
  const parts = call.arguments.map(compile);
  const nothing: Evaluate = () => null;
  const [first = nothing, second = nothing, third = nothing] = parts;
  if (name === "@cond")
    return (subject, item, around) =>
      (truthOf(first(subject, item, around), blame) ? second : third)(subject, item, around);
  if (name === "@definedOr")
    return (subject, item, around) => first(subject, item, around) ?? second(subject, item, around);
  if (name === "@switch")
    return (subject, item, around) => {
      for (let index = 0; index < parts.length; index += 2)
        if (truthOf((parts[index] ?? nothing)(subject, item, around), blame))
          return (parts[index + 1] ?? nothing)(subject, item, around);
      return null;
    };
  if (name === "@regex") return compileRegex(call.arguments[1], first, blame);
  const apply = direct(name, blame);
  return (subject, item, around) =>
    apply(
      parts.map((part) => part(subject, item, around)),
      around,
    );
}

function compileRegex(pattern: Expression | undefined, text: Evaluate, blame: Blame): Evaluate {
  const matches = matcher(pattern?.kind === "literal" && typeof pattern.value === "string" ? pattern.value : "");
  return (subject, item, around) => {
    const value = textOf(text(subject, item, around), blame);
    return typeof matches === "function" && matches(value);
  };
}
