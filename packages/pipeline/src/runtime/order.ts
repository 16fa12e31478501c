import type { Controller } from "../spec/controller.ts";
import { resourceId } from "../spec/resource.ts";

/** Controllers that feed each other in a circle, through views or through the cluster. */
export interface Cycle {
  /** `views` when all of it is in this process: such controllers do not run. */
  readonly through: "views" | "cluster";
  /** The controllers, each of which writes what the next one reads; the last writes what the first reads. */
  readonly controllers: readonly string[];
}

export interface Order {
  /** Every controller that can run, behind those whose views it reads. */
  readonly controllers: readonly Controller[];
  readonly cycles: readonly Cycle[];
}

/** Puts controllers in an order in which each one's inputs are there before it, and finds those for which there is none. */
export function inOrder(controllers: readonly Controller[]): Order {
  const circular = circles(controllers, (controller) => controller.target.resource.view);
  const stuck = new Set(circular.flat());
  const left = controllers.filter((controller) => !stuck.has(controller));
  const ordered: Controller[] = [];
  const done = new Set<Controller>();
  const visit = (controller: Controller): void => {
    if (done.has(controller)) return;
    done.add(controller);
    for (const writer of left) if (writer.target.resource.view && feeds(writer, controller)) visit(writer);
    ordered.push(controller);
  };
  left.forEach(visit);
  const outside = circles(controllers, () => true).filter((circle) =>
    circle.some(({ target }) => !target.resource.view),
  );
  return {
    controllers: ordered,
    cycles: [
      ...circular.map((circle): Cycle => ({ through: "views", controllers: circle.map(({ id }) => id) })),
      ...outside.map((circle): Cycle => ({ through: "cluster", controllers: circle.map(({ id }) => id) })),
    ],
  };
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
