import type { Json } from "@headgate/api";

import { below } from "../problem.ts";
import type { Problem } from "../problem.ts";
import { Problems } from "../problem.ts";
import type { Stage } from "../stage/ast.ts";
import { parsePipeline } from "../stage/parse.ts";
import { field, isDoc, isList } from "../value.ts";
import { resourceOf } from "./resource.ts";
import type { Resource } from "./resource.ts";
import { FieldReader, parseSource } from "./source.ts";
import type { Source } from "./source.ts";

/** Where the objects of a pipeline go, and how they are written. */
export interface Target {
  readonly resource: Resource;
  readonly type: "Updater" | "Patcher";
}

/** One controller of an operator, read and without fault. */
export interface Controller {
  readonly operator: string;
  readonly name: string;
  /** `operator/name`, unique in a process. */
  readonly id: string;
  readonly at: string;
  readonly sources: readonly Source[];
  readonly stages: readonly Stage[];
  readonly target: Target;
}

/** A controller that has faults, and so does not run; the others of its operator do. */
export interface Faulty {
  readonly operator: string;
  /** Its name, or its place when it has none. */
  readonly name: string;
  readonly id: string;
  readonly problems: readonly Problem[];
}

export interface ParsedOperator {
  readonly controllers: readonly Controller[];
  readonly faulty: readonly Faulty[];
}

/** Reads the spec of an operator (`{controllers: […]}`). `at` is the place of the spec in its file: `spec`, or "". */
export function parseOperator(operator: string, spec: Json, at = "spec"): ParsedOperator {
  const list = isDoc(spec) ? field(spec, "controllers") : undefined;
  if (!isList(list) || list.length === 0) {
    const problem: Problem = { code: "parse", at: below(at, "controllers"), message: "a list of controllers expected" };
    return { controllers: [], faulty: [{ operator, name: at, id: `${operator}/`, problems: [problem] }] };
  }
  const controllers: Controller[] = [];
  const faulty: Faulty[] = [];
  const names = new Set<string>();
  for (const [index, raw] of list.entries()) {
    const problems = new Problems();
    const place = below(below(at, "controllers"), index);
    const controller = parseController(raw, { at: place, operator }, problems);
    if (names.has(controller.name))
      problems.add("compile", below(place, "name"), `${controller.name} is taken by another controller`);
    names.add(controller.name);
    const { name, id } = controller;
    if (problems.found.length > 0 || controller.target === undefined)
      faulty.push({ operator, name, id, problems: problems.found });
    else controllers.push({ ...controller, target: controller.target });
  }
  return { controllers, faulty };
}

type Draft = Omit<Controller, "target"> & { readonly target: Target | undefined };

function parseController(
  raw: Json,
  { at, operator }: Readonly<Record<"at" | "operator", string>>,
  problems: Problems,
): Draft {
  const read = new FieldReader(raw, at, problems);
  const name = read.text("name") ?? "";
  if (name === "") problems.add("compile", below(at, "name"), "a controller has a name");
  const list = read.raw("sources");
  if (!isList(list) || list.length === 0) problems.add("compile", below(at, "sources"), "a controller has a source");
  const sources = (isList(list) ? list : []).flatMap(
    (one, index) => parseSource(one, { at: below(below(at, "sources"), index), operator }, problems) ?? [],
  );
  const stages = parsePipeline(read.raw("pipeline"), below(at, "pipeline"), problems);
  checkInputs(sources, stages, { at, problems });
  const target = parseTarget(read, operator, problems);
  return {
    operator,
    name: name === "" ? at : name,
    id: `${operator}/${name === "" ? at : name}`,
    at,
    sources,
    stages,
    target,
  };
}

/** A Periodic source is a clock, not an input: it needs no join. */
function checkInputs(
  sources: readonly Source[],
  stages: readonly Stage[],
  { at, problems }: { readonly at: string; readonly problems: Problems },
): void {
  const inputs = sources.filter(({ type }) => type !== "Periodic");
  if (inputs.length === 0 && sources.length > 0)
    problems.add("compile", below(at, "sources"), "a Periodic source is a clock: there must be another source");
  if (inputs.length > 1 && stages[0]?.kind !== "join")
    problems.add("compile", below(at, "pipeline"), "a pipeline of several sources begins with @join");
  for (const [index, { name, at: place }] of inputs.entries())
    if (inputs.findIndex((other) => other.name === name) < index)
      problems.add("compile", place, `two sources are called ${name}: give one another name with "as"`);
}

function parseTarget(controller: FieldReader, operator: string, problems: Problems): Target | undefined {
  const raw = controller.map("target");
  const at = below(controller.at, "target");
  if (raw === undefined) {
    problems.add("compile", at, "a controller has a target");
    return undefined;
  }
  const read = new FieldReader(raw, at, problems);
  const kind = read.text("kind") ?? "";
  if (kind === "") problems.add("compile", below(at, "kind"), "a target has a kind");
  const type = read.text("type") ?? "Updater";
  if (type !== "Updater" && type !== "Patcher")
    problems.add("compile", below(at, "type"), "Updater or Patcher expected");
  const apiGroup = read.text("apiGroup");
  const version = read.text("version");
  return {
    resource: resourceOf(operator, {
      kind,
      ...(apiGroup === undefined ? {} : { apiGroup }),
      ...(version === undefined ? {} : { version }),
    }),
    type: type === "Patcher" ? "Patcher" : "Updater",
  };
}
