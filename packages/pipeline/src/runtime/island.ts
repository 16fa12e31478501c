import { graph, sameValue } from "@headgate/delta";
import type { Collection, Explanation, Graph, Input } from "@headgate/delta";

import type { Surroundings } from "../expression/evaluate.ts";
import type { Controller } from "../spec/controller.ts";
import type { StageStats } from "../stage/counters.ts";
import type { Doc } from "../value.ts";
import type { Unsettled, Write } from "./circle.ts";
import { conflictsWithin } from "./conflicts.ts";
import type { Conflict } from "./conflicts.ts";
import { leaves } from "./faults.ts";
import type { RowFault } from "./faults.ts";
import { trigger } from "./feed.ts";
import type { OpenFeed } from "./feed.ts";
import type { Claimed, MountedController } from "./mount.ts";
import { traceObject } from "./trace.ts";
import type { ControllerTrace } from "./trace.ts";
import { viewId, Wiring } from "./wiring.ts";

/** What a controller wants to become of an object of its target. */
export interface TargetDelta {
  /** `operator/name` of the controller. */
  readonly controller: string;
  readonly type: "Added" | "Updated" | "Deleted";
  readonly key: string;
  /** The object as it is to be; of one that is deleted, as it was. Its `apiVersion` is missing while the version of the target is not known. */
  readonly object: Doc;
}

/** Measures how long controllers are evaluated. */
export interface Meter {
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed: () => number;
  /** Told after each turn that a controller had anything to do in. */
  readonly onEvaluated: (controller: string, ms: number) => void;
}

interface Change {
  readonly controller: string;
  readonly key: string;
  readonly before: Claimed | undefined;
  after: Claimed | undefined;
}

/** Views as they are between transactions, while rounds go on behind them. */
interface Front {
  readonly graph: Graph;
  readonly views: ReadonlyMap<string, { readonly input: Input<Doc>; readonly due: Map<string, Doc | undefined> }>;
}

/** Controllers that have to do with each other through views, as one computation. */
export class Island {
  readonly controllers: readonly Controller[];
  readonly #wiring: Wiring;
  readonly #around: Surroundings;
  readonly #front: Front | undefined;
  readonly #meter: Meter | undefined;
  /** Milliseconds of each controller that have been told. */
  #told: ReadonlyMap<string, number> = new Map();
  #changes: Change[] = [];
  /** What the inputs held before the transaction in progress; kept while there may be several turns. */
  #before: { readonly write: (by: Write) => void }[] = [];

  constructor(controllers: readonly Controller[], around: Surroundings, meter?: Meter) {
    this.controllers = controllers;
    this.#around = around;
    this.#meter = meter;
    this.#wiring = new Wiring(controllers, around, meter?.elapsed);
    for (const { controller, rows } of this.#wiring.mounted.values())
      rows.subscribe((changes) => {
        for (const { key, before, after } of changes)
          this.#changes.push({ controller: controller.id, key, before, after });
      });
    this.#front = this.#wiring.circles.length === 0 ? undefined : frontOf(this.#wiring);
    this.transact((write) => {
      for (const { source, input } of this.feeds.values())
        if (source.type === "OneShot") write(input, "one-shot-trigger", trigger(source, around.now));
      for (const tick of this.#wiring.ticks.values()) write(tick, "tick", 0);
    });
  }

  get feeds(): ReadonlyMap<string, OpenFeed> {
    return this.#wiring.feeds;
  }

  /** Each behind those whose views it reads. */
  get mounted(): ReadonlyMap<string, MountedController> {
    return this.#wiring.mounted;
  }

  /** Changes inputs, and brings everything to rest: as a whole, or not at all when an Error comes out. */
  transact(change: (write: Write) => void): readonly TargetDelta[] {
    const { circles } = this.#wiring;
    this.#changes = [];
    this.#before = [];
    try {
      this.#turn(change);
      for (const circle of circles)
        circle.settle((more) => {
          this.#turn(more);
        });
    } catch (cause) {
      this.#takeBack();
      throw cause;
    }
    this.#show();
    this.#measure();
    const changes = circles.length === 0 ? this.#changes : net(this.#changes);
    return changes.flatMap((one) => deltaOf(one) ?? []);
  }

  /** Computes once more all that a controller makes, as for its Periodic source. */
  tick(controller: string): readonly TargetDelta[] {
    const tick = this.#wiring.ticks.get(controller);
    if (tick === undefined) return [];
    return this.transact((write) => {
      write(tick, "tick", (tick.get("tick") ?? 0) + 1);
    });
  }

  /** The objects of a view; undefined when no controller writes it. */
  view(id: string): Collection<Doc> | undefined {
    return this.#front?.views.get(id)?.input ?? this.#wiring.views.get(id)?.rows;
  }

  faults(): readonly RowFault[] {
    return [...this.#wiring.faults.list(), ...this.#unsettled(), ...this.#unpatched()];
  }

  faultCounts(): ReadonlyMap<string, number> {
    const counts = new Map(this.#wiring.faults.count());
    for (const { controller } of [...this.#unsettled(), ...this.#unpatched()])
      counts.set(controller, (counts.get(controller) ?? 0) + 1);
    return counts;
  }

  conflicts(): readonly Conflict[] {
    return [...this.#wiring.views.values()].flatMap((view) => conflictsWithin(view, this.#wiring));
  }

  stats(): ReadonlyMap<string, readonly StageStats[]> {
    return new Map([...this.mounted].map(([id, { counters }]) => [id, counters.map((one) => one.read())]));
  }

  explain(controller: string, key: string): Explanation | undefined {
    const mounted = this.mounted.get(controller);
    return mounted && this.#wiring.explain(mounted.rows, key);
  }

  /** The rows that come of one object of a feed, controller by controller. */
  trace(feed: string, key: string): readonly ControllerTrace[] {
    const traces: ControllerTrace[] = [];
    const found = new Map([[feed, new Set([key])]]);
    const done = new Set<string>();
    for (let before = -1; before < done.size;) {
      before = done.size;
      for (const mounted of this.mounted.values())
        for (const source of mounted.controller.sources) {
          const origin = this.#wiring.origins.get(source);
          for (const one of (origin && found.get(origin.id)) ?? []) {
            const place = `${mounted.controller.id} ${source.name} ${one}`;
            const object = origin?.rows.get(one);
            if (object === undefined || done.has(place)) continue;
            done.add(place);
            const trace = traceObject(mounted, { source: source.name, object }, this.#around);
            traces.push(trace);
            const view = viewId(mounted.controller.target.resource);
            if (this.#wiring.views.has(view))
              found.set(view, new Set([...(found.get(view) ?? []), ...trace.target.map((row) => row.key)]));
          }
        }
    }
    return traces;
  }

  #turn(change: (write: Write) => void): void {
    const several = this.#wiring.circles.length > 0;
    this.#wiring.graph.turn((turn) => {
      change((input, key, row) => {
        if (several) {
          const was = input.get(key);
          this.#before.push({
            write: (by) => {
              by(input, key, was);
            },
          });
        }
        if (row === undefined) turn.delete(input, key);
        else turn.set(input, key, row);
      });
    });
  }

  #measure(): void {
    if (this.#meter === undefined) return;
    const spent = this.#wiring.graph.spent();
    for (const [id, all] of spent) {
      const ms = all - (this.#told.get(id) ?? 0);
      if (ms > 0) this.#meter.onEvaluated(id, ms);
    }
    this.#told = spent;
  }

  #takeBack(): void {
    const before = this.#before.reverse();
    this.#before = [];
    if (before.length > 0)
      this.#turn((write) => {
        for (const one of before) one.write(write);
      });
    for (const circle of this.#wiring.circles) circle.reset();
    for (const { due } of this.#front?.views.values() ?? []) due.clear();
    this.#changes = [];
    this.#before = [];
  }

  /** Shows the views as they are now to those who follow them. */
  #show(): void {
    this.#before = [];
    this.#front?.graph.turn((turn) => {
      for (const { input, due } of this.#front?.views.values() ?? []) {
        for (const [key, row] of due)
          if (row === undefined) turn.delete(input, key);
          else turn.set(input, key, row);
        due.clear();
      }
    });
  }

  #unsettled(): readonly RowFault[] {
    return this.#wiring.circles.flatMap(({ unsettled }) =>
      unsettled.flatMap((one) => [...new Set(one.path)].flatMap((id) => this.#saidOf(id, one))),
    );
  }

  #saidOf(id: string, { path, examples, objects }: Unsettled): readonly RowFault[] {
    const controller = this.mounted.get(id)?.controller;
    if (controller === undefined) return [];
    const message = `what controllers make of it comes back to them without an end (${path.join(" → ")}): ${examples.join(", ")}, …`;
    const code = "unsettled";
    return objects.map(({ view, key }): RowFault => {
      const writers = this.#wiring.views.get(view)?.writers ?? [];
      const from = writers.flatMap(({ rows }) => leaves(this.#wiring.explain(rows, key)));
      return { controller: id, at: controller.at, code, message, objects: from };
    });
  }

  /** Patches of objects that are not there. Cost: the objects of views that have Patchers. */
  #unpatched(): readonly RowFault[] {
    return [...this.#wiring.views.values()].flatMap(({ writers, rows, layers }) =>
      layers === undefined
        ? []
        : writers
            .filter(({ patch }) => patch)
            .flatMap(({ id, rows: patches }) =>
              [...patches.entries()].flatMap(([key]): readonly RowFault[] => {
                if (rows.get(key) !== undefined) return [];
                const at = `${this.mounted.get(id)?.controller.at ?? ""}.target`;
                const message = `${key} is not there to be patched`;
                return [{ controller: id, at, code: "no-object", message, objects: leaves(this.explain(id, key)) }];
              }),
            ),
    );
  }
}

/** What changes come to: of each object from what it was to what it is. */
function net(changes: readonly Change[]): readonly Change[] {
  const all = new Map<string, Change>();
  for (const { controller, key, before, after } of changes) {
    const id = `${controller} ${key}`;
    const known = all.get(id);
    if (known === undefined) all.set(id, { controller, key, before, after });
    else known.after = after;
  }
  return [...all.values()];
}

function deltaOf({ controller, key, before, after }: Change): TargetDelta | undefined {
  if (after === undefined)
    return before === undefined ? undefined : { controller, type: "Deleted", key, object: before.object };
  if (before !== undefined && sameValue(before.object, after.object)) return undefined;
  return { controller, type: before === undefined ? "Added" : "Updated", key, object: after.object };
}

function frontOf(wiring: Wiring): Front {
  const front = graph();
  const views = new Map(
    [...wiring.views].map(([id, { rows }]) => {
      const due = new Map<string, Doc | undefined>();
      rows.subscribe((changes) => {
        for (const { key, after } of changes) due.set(key, after);
      });
      return [id, { input: front.input<Doc>({ name: id }), due }] as const;
    }),
  );
  return { graph: front, views };
}
