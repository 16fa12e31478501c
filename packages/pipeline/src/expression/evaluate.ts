import type { Json } from "@headgate/api";

import { DataFault } from "../problem.ts";
import type { FaultCode } from "../problem.ts";
import { isDoc, isList, kindOf } from "../value.ts";
import type { Doc } from "../value.ts";

/** What an expression may ask for besides its object: time and chance are given from outside. */
export interface Surroundings {
  /** `2026-01-31T12:00:00Z` */
  now: string;
  /** At least 0, below 1. */
  random: () => number;
}

/** Computes an expression for an object and, inside a list operator, for an item. Throws a `DataFault`. */
export type Evaluate = (subject: Json, item: Json, around: Surroundings) => Json;

/** Where to say that something is wrong with a value. */
export interface Blame {
  readonly at: string;
  readonly name: string;
}

export function fault({ at, name }: Blame, code: FaultCode, message: string): never {
  throw new DataFault(code, at, `${name}: ${message}`);
}

export function wrongType(blame: Blame, wanted: string, value: Json | undefined): never {
  return fault(blame, "type", `${wanted} expected, not ${kindOf(value)}`);
}

export function truthOf(value: Json, blame: Blame): boolean {
  return typeof value === "boolean" ? value : wrongType(blame, "true or false", value);
}

export function listOf(value: Json, blame: Blame): readonly Json[] {
  return isList(value) ? value : wrongType(blame, "a list", value);
}

export function mapOf(value: Json, blame: Blame): Doc {
  return isDoc(value) ? value : wrongType(blame, "a map", value);
}

export function textOf(value: Json, blame: Blame): string {
  return typeof value === "string" ? value : wrongType(blame, "a text", value);
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number, or a text that is one. */
export function numberOf(value: Json, blame: Blame): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && decimal.test(value)) return Number(value);
  return wrongType(blame, "a number", value);
}

/** A whole number, or a text that is one. */
export function integerOf(value: Json, blame: Blame): number {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  if (typeof value === "string" && /^[+-]?\d+$/.test(value)) return Number(value);
  return typeof value === "number"
    ? fault(blame, "type", `${value} is not whole`)
    : wrongType(blame, "a whole number", value);
}

/** A text, or a number as a text. */
export function wordOf(value: Json, blame: Blame): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : wrongType(blame, "a text or a number", value);
}

/** The longest text that an expression may make, in UTF-16 units. */
const maxText = 1_048_576;
/** The longest list that an expression may make out of nothing. */
const maxList = 100_000;

export function boundedText(text: string, blame: Blame): string {
  return text.length <= maxText ? text : fault(blame, "too-large", `a text of ${text.length} characters`);
}

export function boundedLength(length: number, blame: Blame): number {
  return length <= maxList ? length : fault(blame, "too-large", `a list of ${length}`);
}

/** A number that JSON can hold. */
export function finite(value: number, blame: Blame): number {
  return Number.isFinite(value) ? value : fault(blame, "unencodable-number", `${value} is no number of JSON`);
}
