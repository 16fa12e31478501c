import type { Json } from "@headgate/api";
import { sameValue } from "@headgate/delta";

import { isDoc, isList } from "../value.ts";
import { matcher } from "../text/regex.ts";
import { getter } from "./get.ts";
import type { Path, Test } from "./path.ts";
import { PathSyntaxError } from "./scanner.ts";
import type { Scanner } from "./scanner.ts";

/** A term of a filter: what it is for a member, or undefined where there is nothing. */
type Term = (member: Json, root: Json) => Json | undefined;

interface Operand {
  readonly term: Term;
  /** A bare path asks whether something is there. */
  readonly path: boolean;
  /** The expression between slashes, if it is one. */
  readonly pattern?: (text: string) => boolean;
}

type ReadSegments = (scanner: Scanner, filter: typeof readFilter) => Path;

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z]+/y;
const comparison = /==|!=|<=|>=|=~|<|>|in\b/y;

/** Reads the filter after `[?`, up to the closing bracket. `segments` reads the paths in it. */
export function readFilter(scanner: Scanner, segments: ReadSegments): Test {
  const reader = new FilterReader(scanner, segments);
  return reader.either();
}

class FilterReader {
  readonly #scanner: Scanner;
  readonly #segments: ReadSegments;
  #depth = 0;

  constructor(scanner: Scanner, segments: ReadSegments) {
    this.#scanner = scanner;
    this.#segments = segments;
  }

  either(): Test {
    let test = this.#both();
    while (this.#token("||")) {
      const [left, right] = [test, this.#both()];
      test = (member, root) => left(member, root) || right(member, root);
    }
    return test;
  }

  #both(): Test {
    let test = this.#comparison();
    while (this.#token("&&")) {
      const [left, right] = [test, this.#comparison()];
      test = (member, root) => left(member, root) && right(member, root);
    }
    return test;
  }

  #comparison(): Test {
    const left = this.#operand();
    this.#scanner.blanks();
    const operator = this.#scanner.match(comparison);
    if (operator === undefined) return truth(left);
    const right = this.#operand();
    if (operator !== "=~")
      return (member, root) => compare(operator, left.term(member, root), right.term(member, root));
    const matches = right.pattern ?? this.#scanner.fail("an expression between slashes expected before this");
    return (member, root) => {
      const text = left.term(member, root);
      return typeof text === "string" && matches(text);
    };
  }

  #operand(): Operand {
    const scanner = this.#scanner;
    scanner.blanks();
    if (++this.#depth > 200) scanner.fail("a shorter filter expected");
    if (scanner.peek() === "!") {
      scanner.at++;
      const test = truth(this.#operand());
      return { path: false, term: (member, root) => !test(member, root) };
    }
    if (scanner.take("(")) {
      const test = this.either();
      scanner.blanks();
      scanner.expect(")");
      return { path: false, term: test };
    }
    if (scanner.take("@")) return this.#path(false);
    if (scanner.take("$")) return this.#path(true);
    if (scanner.peek() === "/") return this.#pattern();
    if (scanner.take("[")) return this.#list();
    return this.#constant();
  }

  #path(fromRoot: boolean): Operand {
    const get = getter(this.#segments(this.#scanner, readFilter));
    return { path: true, term: (member, root) => get(fromRoot ? root : member, root) };
  }

  #pattern(): Operand {
    const source = this.#scanner.match(/\/(?:[^/\\]|\\.)*\//y) ?? this.#scanner.fail("closing / expected");
    const text = source.slice(1, -1).replaceAll("\\/", "/");
    const pattern = matcher(text);
    if (typeof pattern === "string") return this.#scanner.fail(`a regular expression expected (${pattern})`);
    return { path: false, term: () => text, pattern };
  }

  #list(): Operand {
    const terms: Term[] = [];
    this.#scanner.blanks();
    while (!this.#scanner.take("]")) {
      terms.push(this.#operand().term);
      this.#scanner.blanks();
      if (this.#scanner.peek() !== "]") this.#scanner.expect(",");
      this.#scanner.blanks();
    }
    return { path: false, term: (member, root) => terms.map((term) => term(member, root) ?? null) };
  }

  #constant(): Operand {
    const scanner = this.#scanner;
    if (scanner.peek() === "'" || scanner.peek() === '"') {
      const text = scanner.quoted();
      return { path: false, term: () => text, ...patternOf(text) };
    }
    const digits = scanner.match(number);
    if (digits !== undefined) return { path: false, term: () => Number(digits) };
    const name = scanner.match(word);
    if (name === "true" || name === "false") return { path: false, term: () => name === "true" };
    if (name === "null" || name === "nil") return { path: false, term: () => null };
    return name === undefined ? scanner.fail("a value expected") : this.#call(name);
  }

  #call(name: string): Operand {
    const apply = functions[name] ?? this.#scanner.fail(`a function expected (${Object.keys(functions).join(", ")})`);
    this.#scanner.expect("(");
    const terms = [this.#operand()];
    this.#scanner.blanks();
    while (this.#scanner.take(",")) {
      terms.push(this.#operand());
      this.#scanner.blanks();
    }
    this.#scanner.expect(")");
    if (terms.length !== apply.length)
      this.#scanner.fail(`${name} takes ${apply.length} here: something else expected`);
    return { path: false, term: apply(...(terms as [Operand, Operand])) };
  }

  #token(token: string): boolean {
    this.#scanner.blanks();
    return this.#scanner.take(token);
  }
}

const patternOf = (text: string): Pick<Operand, "pattern"> => {
  const pattern = matcher(text);
  return typeof pattern === "string" ? {} : { pattern };
};

const functions: Readonly<Record<string, (a: Operand, b: Operand) => Term>> = {
  length: (a: Operand): Term => {
    return (member, root) => size(a.term(member, root));
  },
  count: (a: Operand): Term => {
    return (member, root) => size(a.term(member, root)) ?? 0;
  },
  match: (a, b) => searching(a, b, true),
  search: (a, b) => searching(a, b, false),
};

function size(value: Json | undefined): number | undefined {
  if (typeof value === "string" || isList(value)) return value.length;
  return isDoc(value) ? Object.keys(value).length : undefined;
}

function searching(text: Operand, pattern: Operand, whole: boolean): Term {
  const source = pattern.path ? undefined : pattern.term(null, null);
  if (typeof source !== "string") throw new PathSyntaxError("match and search take a regular expression as a text");
  const matches = matcher(whole ? `^(?:${source})$` : source);
  if (typeof matches === "string") throw new PathSyntaxError(`no regular expression: ${matches}`);
  return (member, root) => {
    const value = text.term(member, root);
    return typeof value === "string" && matches(value);
  };
}

function truth({ term, path }: Operand): Test {
  if (path) return (member, root) => term(member, root) !== undefined;
  return (member, root) => term(member, root) === true;
}

function compare(operator: string, left: Json | undefined, right: Json | undefined): boolean {
  if (operator === "==") return sameValue(left ?? null, right ?? null);
  if (operator === "!=") return !sameValue(left ?? null, right ?? null);
  if (operator === "in") return isList(right) && right.some((item) => sameValue(item, left ?? null));
  if (
    !(typeof left === "number" && typeof right === "number") &&
    !(typeof left === "string" && typeof right === "string")
  )
    return false;
  if (operator === "<") return left < right;
  if (operator === "<=") return left <= right;
  return operator === ">" ? left > right : left >= right;
}
