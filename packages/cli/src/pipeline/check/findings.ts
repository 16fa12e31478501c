import { faultText, nearest, operatorSpec, schemaFaults, withDefaults } from "@headgate/api";
import type { Schema } from "@headgate/api";
import { Pipelines, resourceId } from "@headgate/pipeline";
import type { Controller, Resource, Source } from "@headgate/pipeline";

import type { Operators, WrittenOperator } from "../operator-file.ts";
import { outputFaults } from "./against-schema.ts";
import { oddGroup } from "./groups.ts";
import { outputShape } from "./infer.ts";
import type { Schemas } from "./schemas.ts";
import { anyMap, unknown } from "./shape.ts";
import type { MapShape, Shape } from "./shape.ts";

/** Something that is wrong, or that may be. */
export interface Finding {
  readonly level: "fault" | "warning";
  readonly operator: WrittenOperator;
  /** A place in the YAML: `spec.controllers[1].pipeline[0].@join`. */
  readonly at: string;
  readonly message: string;
}

/** Everything that can be said of operators before there are objects, in the order of files and places. */
export function findings({ list }: Operators, schemas: Schemas): readonly Finding[] {
  const controllers = list.flatMap((operator) => operator.controllers);
  const owner = (id: string): WrittenOperator | undefined =>
    list.find((operator) => operator.controllers.some((controller) => controller.id === id));
  const found: Finding[] = list.flatMap(written);
  const add = (level: Finding["level"], controller: Controller, at: string, message: string): void => {
    const operator = owner(controller.id);
    if (operator !== undefined) found.push({ level, operator, at, message });
  };
  const names = new Set(list.map(({ name }) => name));
  for (const controller of controllers) {
    for (const source of controller.sources) {
      checkSource(source, { controllers, names }, (level, message) => {
        add(level, controller, `${source.at}.kind`, message);
      });
      const isView = controllers.some(({ target }) => isOf(source, target.resource));
      const odd = isView || source.type !== "Watcher" ? undefined : oddGroup(source.resource);
      if (odd !== undefined) add("warning", controller, placeOfGroup(source.at, source.resource), odd);
    }
    const { resource } = controller.target;
    const isRead = controllers.some(({ sources }) => sources.some((source) => isOf(source, resource)));
    const odd = resource.view && isRead ? undefined : oddGroup(resource);
    if (odd !== undefined) add("warning", controller, placeOfGroup(`${controller.at}.target`, resource), odd);
    if (resource.view && !isRead)
      add(
        "warning",
        controller,
        `${controller.at}.target.kind`,
        `nobody in these files reads the view ${resource.kind}`,
      );
  }
  checkTogether(controllers, add);
  checkOutputs(controllers, schemas, add);
  return found.sort((a, b) => list.indexOf(a.operator) - list.indexOf(b.operator) || inOrder(a, b));
}

/** A view may have none. */
function placeOfGroup(at: string, { view }: Resource): string {
  return `${at}.${view ? "kind" : "apiGroup"}`;
}

function inOrder(a: Finding, b: Finding): number {
  return a.operator.placeOf(a.at).localeCompare(b.operator.placeOf(b.at), "en", { numeric: true });
}

/** What is wrong with an operator as it is written: what its schema says, then what its controllers do. */
function written(operator: WrittenOperator): readonly Finding[] {
  const { at, spec, faulty } = operator;
  const ofPipelines = faulty.flatMap(({ problems }) =>
    problems.map(({ at: place, message, code }) => ({ at: place, message: `${message} (${code})` })),
  );
  const known = new Set(ofPipelines.map(({ at: place }) => place));
  const root = at === "" ? "" : at;
  const ofSchema = schemaFaults(operatorSpec, withDefaults(operatorSpec, spec), "spec").map((fault) => ({
    at: fault.field.replace(/^spec\.?/, root === "" ? "" : `${root}.`),
    message: faultText({ ...fault, field: "" }).replace(/^: /, ""),
  }));
  return [
    ...ofPipelines,
    ...ofSchema.filter((one) => ![...known].some((place) => place.startsWith(one.at) || one.at.startsWith(place))),
    ...unknownFields(operatorSpec, spec, root),
  ].map((one) => ({ level: "fault", operator, ...one }));
}

/** Fields that the API server would drop. */
function unknownFields(
  schema: Schema,
  value: unknown,
  at: string,
): readonly { readonly at: string; readonly message: string }[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) =>
      schema.items === undefined ? [] : unknownFields(schema.items, item, `${at}[${index}]`),
    );
  if (typeof value !== "object" || value === null || schema.properties === undefined) return [];
  const { properties } = schema;
  return Object.entries(value).flatMap(([name, inner]) => {
    const place = at === "" ? name : `${at}.${name}`;
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (own !== undefined) return unknownFields(own, inner, place);
    if (schema["x-kubernetes-preserve-unknown-fields"] === true) return [];
    const meant = nearest(name, Object.keys(properties));
    return [{ at: place, message: `there is no such field${meant === undefined ? "" : ` (${meant}?)`}` }];
  });
}

function isOf({ type, resource }: Source, { group, kind }: Resource): boolean {
  return type === "Watcher" && resource.group === group && resource.kind === kind;
}

function checkSource(
  source: Source,
  { controllers, names }: { readonly controllers: readonly Controller[]; readonly names: ReadonlySet<string> },
  report: (level: Finding["level"], message: string) => void,
): void {
  const { resource, type } = source;
  if (!resource.view || type !== "Watcher") return;
  if (controllers.some(({ target }) => isOf(source, target.resource))) return;
  const [operator = ""] = resource.group.split(".");
  const views = controllers.flatMap(({ target }) => (target.resource.view ? [target.resource.kind] : []));
  const meant = nearest(resource.kind, views);
  const hint = meant === undefined ? "" : ` (${meant}?)`;
  if (names.has(operator)) report("fault", `nobody writes the view ${resource.kind} of operator ${operator}${hint}`);
  else report("warning", `the view ${resource.kind} belongs to operator ${operator}, which is not in these files`);
}

type Add = (level: Finding["level"], controller: Controller, at: string, message: string) => void;

/** Circles, and targets with several writers. */
function checkTogether(controllers: readonly Controller[], add: Add): void {
  const { cycles, shared } = new Pipelines(controllers, { now: "2026-01-01T00:00:00Z" });
  for (const { through, controllers: circle } of cycles) {
    const first = controllers.find(({ id }) => id === circle[0]);
    if (first === undefined) continue;
    const all = circle.length === 1 ? "it reads what it writes" : `${circle.join(", ")} feed each other`;
    const way = through === "views" ? "views" : "the cluster";
    add("warning", first, `${first.at}.sources`, `${all} through ${way}: it is for the pipelines to come to rest`);
  }
  for (const [target, writers] of shared)
    for (const id of writers) {
      const controller = controllers.find((one) => one.id === id);
      const others = writers.filter((other) => other !== id).join(", ");
      if (controller !== undefined)
        add(
          "warning",
          controller,
          `${controller.at}.target`,
          `${target} is written by ${others} too: an object or field that both want is left to one`,
        );
    }
}

/** Outputs against the schemas of their targets, and paths that never find anything. */
function checkOutputs(controllers: readonly Controller[], schemas: Schemas, add: Add): void {
  for (const controller of controllers) {
    const nothing = new Map<string, string>();
    const output = shapeOfOutput(controller, controllers, (at, path) => nothing.set(at, path));
    for (const [at, path] of nothing)
      add("warning", controller, at, `${path} is never there: the stage before does not make it`);
    const { resource, type } = controller.target;
    const known = resource.view ? undefined : schemas.find(resource);
    if (known === undefined || output.kind !== "map") continue;
    for (const { at, message } of outputFaults(output, known, { whole: type === "Updater" }))
      add("fault", controller, at, `${resourceId(resource)}: ${message}`);
  }
}

/** What is known of the objects that a controller makes, through the views that it reads. */
export function shapeOfOutput(
  controller: Controller,
  controllers: readonly Controller[],
  onNothing?: (at: string, path: string) => void,
  seen: ReadonlySet<string> = new Set(),
): Shape {
  const inputs = controller.sources;
  const shapeOf = (index: number): Shape => {
    const source = inputs[index];
    if (source?.resource.view !== true || source.type !== "Watcher") return anyMap(controller.at);
    const writers = controllers.filter(({ target }) => isOf(source, target.resource));
    const [only] = writers;
    if (only === undefined || writers.length > 1 || seen.has(only.id)) return unknown(controller.at);
    const output = shapeOfOutput(only, controllers, undefined, new Set([...seen, controller.id]));
    return output.kind === "map" ? asRow(output) : output;
  };
  return outputShape(controller, shapeOf, onNothing);
}

/** An output as its readers see it. */
function asRow(output: MapShape): MapShape {
  const { at } = output;
  const text: Shape = { kind: "scalar", type: "string", at };
  return { ...output, fields: new Map([...output.fields, ["apiVersion", text], ["kind", text]]) };
}
