import type { Json } from "@headgate/api";

import { selects } from "../expression/selector.ts";
import { below, DataFault } from "../problem.ts";
import type { Problems } from "../problem.ts";
import { field, isDoc, isList } from "../value.ts";
import type { Doc } from "../value.ts";
import { duration } from "./duration.ts";
import { parsePredicate } from "./predicate.ts";
import type { Predicate } from "./predicate.ts";
import { resourceOf } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** Where the objects of a pipeline come from. */
export interface Source {
  readonly at: string;
  readonly resource: Resource;
  /** What a join calls it: the kind, or what `as` says. */
  readonly name: string;
  readonly type: "Watcher" | "OneShot" | "Periodic";
  readonly namespace?: string;
  /** As it is written, for a server that can select. */
  readonly labelSelector?: Doc;
  readonly predicate?: { readonly raw: Json; readonly passes: Predicate };
  /** Milliseconds between two ticks of a Periodic source. */
  readonly period?: number;
}

const types = ["Watcher", "OneShot", "Periodic"] as const;
const defaultPeriod = 300_000;

/** Reads one source. Every fault goes to `problems`; a source without a kind is left out. */
export function parseSource(
  raw: Json,
  place: { readonly at: string; readonly operator: string },
  problems: Problems,
): Source | undefined {
  const { at, operator } = place;
  const read = new FieldReader(raw, at, problems);
  const kind = read.text("kind");
  if (kind === undefined || kind === "") {
    problems.add("compile", below(at, "kind"), "a source has a kind");
    return undefined;
  }
  const apiGroup = read.text("apiGroup");
  const version = read.text("version");
  const namespace = read.text("namespace");
  const type = types.find((one) => one === (read.text("type") ?? "Watcher"));
  if (type === undefined) problems.add("compile", below(at, "type"), `${types.join(", ")} expected`);
  const labelSelector = read.map("labelSelector");
  if (labelSelector !== undefined) checkSelector(labelSelector, below(at, "labelSelector"), problems);
  const predicate = read.raw("predicate");
  return {
    at,
    resource: resourceOf(operator, {
      kind,
      ...(apiGroup === undefined ? {} : { apiGroup }),
      ...(version === undefined ? {} : { version }),
    }),
    name: read.text("as") ?? kind,
    type: type ?? "Watcher",
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(predicate === undefined
      ? {}
      : { predicate: { raw: predicate, passes: parsePredicate(predicate, below(at, "predicate"), problems) } }),
    ...(type === "Periodic" ? { period: periodOf(read, problems) } : {}),
  };
}

function periodOf(read: FieldReader, problems: Problems): number {
  const parameters = read.map("parameters");
  const written = parameters && field(parameters, "period");
  if (written === undefined) return defaultPeriod;
  const period = typeof written === "string" ? duration(written) : undefined;
  if (period === undefined || period <= 0) {
    const at = below(below(read.at, "parameters"), "period");
    problems.add("compile", at, `a duration expected ("30s", "5m"), not ${JSON.stringify(written)}`);
  }
  return period ?? defaultPeriod;
}

/** A selector that cannot be applied cannot be applied to any labels, so it shows with none. */
function checkSelector(selector: Doc, at: string, problems: Problems): void {
  const { matchLabels, matchExpressions } = selector;
  const texts = (values: Iterable<readonly [string | number, Json]>, place: string): void => {
    for (const [name, value] of values)
      if (typeof value !== "string")
        problems.add("bad-selector", below(place, name), `a text expected, not ${JSON.stringify(value)}: quote it`);
  };
  if (isDoc(matchLabels)) texts(Object.entries(matchLabels), below(at, "matchLabels"));
  for (const [index, one] of (isList(matchExpressions) ? matchExpressions : []).entries()) {
    const values = isDoc(one) ? one["values"] : undefined;
    if (isList(values)) texts(values.entries(), below(below(below(at, "matchExpressions"), index), "values"));
  }
  try {
    selects(selector, {}, { at, name: "labelSelector" });
  } catch (cause) {
    if (!(cause instanceof DataFault)) throw cause;
    problems.add("bad-selector", at, cause.message);
  }
}

/** Reads the optional fields of a map and says what is wrong with them. */
export class FieldReader {
  readonly at: string;
  readonly #doc: Doc;
  readonly #problems: Problems;

  constructor(raw: Json, at: string, problems: Problems) {
    this.at = at;
    this.#problems = problems;
    this.#doc = isDoc(raw) ? raw : {};
    if (!isDoc(raw)) problems.add("parse", at, "a map expected");
  }

  raw(name: string): Json | undefined {
    return field(this.#doc, name) ?? undefined;
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "string") return value;
    this.#problems.add("parse", below(this.at, name), "a text expected");
    return undefined;
  }

  map(name: string): Doc | undefined {
    const value = this.raw(name);
    if (value === undefined || isDoc(value)) return value;
    this.#problems.add("parse", below(this.at, name), "a map expected");
    return undefined;
  }
}
