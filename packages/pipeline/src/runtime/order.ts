import type { Controller } from "../spec/controller.ts";
import { resourceId } from "../spec/resource.ts";
import type { Resource } from "../spec/resource.ts";

/** Controllers that feed each other in a circle, through views or through the cluster. */
export interface Cycle {
  /** `views` when all of it is in this process. */
  readonly through: "views" | "cluster";
  /** The controllers, each of which writes what the next one reads; the last writes what the first reads. */
  readonly controllers: readonly string[];
}

export interface Order {
  /** All controllers, behind those whose views they read; those that feed each other through views together. */
  readonly parts: readonly Part[];
  readonly cycles: readonly Cycle[];
}

/** One controller, or those of a circle through views. */
export interface Part {
  readonly controllers: readonly Controller[];
  readonly circular: boolean;
}

/** Puts controllers in an order in which each one's inputs are there before it, and finds those that feed each other. */
export function inOrder(controllers: readonly Controller[]): Order {
  const circular = circles(controllers, ({ target }) => target.resource.view);
  const partOf = new Map<Controller, Part>();
  for (const controller of controllers) partOf.set(controller, { controllers: [controller], circular: false });
  for (const circle of circular) {
    const part: Part = { controllers: controllers.filter((one) => circle.includes(one)), circular: true };
    for (const controller of circle) partOf.set(controller, part);
  }
  const ordered = new Set<Part>();
  const begun = new Set<Part>();
  const visit = (part: Part | undefined): void => {
    if (part === undefined || begun.has(part)) return;
    begun.add(part);
    for (const reader of part.controllers)
      for (const writer of controllers)
        if (writer.target.resource.view && feeds(writer, reader)) visit(partOf.get(writer));
    ordered.add(part);
  };
  for (const controller of controllers) visit(partOf.get(controller));
  const outside = circles(controllers, () => true).filter((circle) =>
    circle.some(({ target }) => !target.resource.view),
  );
  return {
    parts: [...ordered],
    cycles: [
      ...circular.map((circle): Cycle => ({ through: "views", controllers: circle.map(({ id }) => id) })),
      ...outside.map((circle): Cycle => ({ through: "cluster", controllers: circle.map(({ id }) => id) })),
    ],
  };
}

/** Parts of the controllers that have nothing to do with each other through views, each in the given order. */
export function islandsOf(controllers: readonly Controller[]): readonly (readonly Controller[])[] {
  const islands = new Map<Controller, Controller[]>(controllers.map((controller) => [controller, [controller]]));
  const connect = (a: Controller, b: Controller): void => {
    const [one, other] = [islands.get(a) ?? [], islands.get(b) ?? []];
    if (one === other) return;
    one.push(...other);
    for (const controller of other) islands.set(controller, one);
  };
  const writers = Map.groupBy(
    controllers.filter(({ target }) => target.resource.view),
    ({ target }) => kindOf(target.resource),
  );
  for (const [first, ...others] of writers.values())
    for (const other of others) if (first !== undefined) connect(first, other);
  for (const reader of controllers)
    for (const { type, resource } of reader.sources) {
      const [writer] = type === "Watcher" && resource.view ? (writers.get(kindOf(resource)) ?? []) : [];
      if (writer !== undefined) connect(writer, reader);
    }
  return [...new Set(islands.values())].map((island) => {
    const members = new Set(island);
    return controllers.filter((controller) => members.has(controller));
  });
}

function kindOf({ group, kind }: Resource): string {
  return `${group}/${kind}`;
}

/** Whether what one controller writes is what another reads. Versions of a kind are the same objects. */
export function feeds(writer: Controller, reader: Controller): boolean {
  const { group, kind } = writer.target.resource;
  return reader.sources.some(
    ({ resource, type }) => type === "Watcher" && resource.group === group && resource.kind === kind,
  );
}

/** The strongly connected parts of the graph of controllers that are more than one controller alone (Tarjan). */
function circles(controllers: readonly Controller[], counts: (writer: Controller) => boolean): Controller[][] {
  const index = new Map<Controller, number>();
  const low = new Map<Controller, number>();
  const stack: Controller[] = [];
  const found: Controller[][] = [];
  const visit = (controller: Controller): void => {
    index.set(controller, index.size);
    low.set(controller, index.get(controller) ?? 0);
    stack.push(controller);
    const readers = counts(controller) ? controllers.filter((reader) => feeds(controller, reader)) : [];
    for (const reader of readers) {
      if (!index.has(reader)) visit(reader);
      else if (!stack.includes(reader)) continue;
      low.set(controller, Math.min(low.get(controller) ?? 0, low.get(reader) ?? 0));
    }
    if (low.get(controller) !== index.get(controller)) return;
    const part = stack.splice(stack.indexOf(controller));
    if (part.length > 1 || readers.includes(controller)) found.push(part);
  };
  for (const controller of controllers) if (!index.has(controller)) visit(controller);
  return found;
}

/** Targets that more than one controller writes, by the id of the resource. */
export function sharedTargets(controllers: readonly Controller[]): ReadonlyMap<string, readonly string[]> {
  const writers = Map.groupBy(controllers, ({ target }) => resourceId({ ...target.resource, version: undefined }));
  return new Map(
    [...writers].filter(([, all]) => all.length > 1).map(([id, all]) => [id, all.map((controller) => controller.id)]),
  );
}
