import type { KubeObject } from "@headgate/api";
import { nameKey } from "@headgate/api";
import { graph, groupBy, sameValue, union, unpairKey } from "@headgate/delta";
import type { Collection, Explanation, Graph, Input } from "@headgate/delta";

import type { Surroundings } from "../expression/evaluate.ts";
import type { Controller } from "../spec/controller.ts";
import { resourceId } from "../spec/resource.ts";
import type { Resource } from "../spec/resource.ts";
import type { Source } from "../spec/source.ts";
import type { StageStats } from "../stage/counters.ts";
import type { Doc } from "../value.ts";
import { conflictsBetween } from "./conflicts.ts";
import type { Conflict } from "./conflicts.ts";
import { FaultBook } from "./faults.ts";
import type { RowFault } from "./faults.ts";
import { admitted, feedId, trigger } from "./feed.ts";
import type { Feed, OpenFeed } from "./feed.ts";
import { decided, mountController, objectsOf } from "./mount.ts";
import type { Claimed, MountedController } from "./mount.ts";
import { inOrder, sharedTargets } from "./order.ts";
import type { Cycle } from "./order.ts";
import { traceObject } from "./trace.ts";
import type { ControllerTrace } from "./trace.ts";

/** What became of an object of a feed: it is there as `object`, or it is gone (undefined). */
export interface FeedEvent {
  readonly feed: string;
  /** `nameKey` of the object: `namespace/name`, or just the name. */
  readonly key: string;
  readonly object: KubeObject | undefined;
}

/** What a controller wants to become of an object of its target. */
export interface TargetDelta {
  /** `operator/name` of the controller. */
  readonly controller: string;
  readonly type: "Added" | "Updated" | "Deleted";
  readonly key: string;
  /** The object as it is to be; of one that is deleted, as it was. Its `apiVersion` is missing while the version of the target is not known. */
  readonly object: Doc;
}

export interface PipelineOptions {
  /** The time at the beginning, as `@now` shows it: `2026-01-31T12:00:00Z`. */
  readonly now: string;
  /** What `@rnd` draws from: at least 0, below 1. Without it, the same sequence in every process. */
  readonly random?: () => number;
}

/**
 * Controllers as one computation: objects go in by feeds, deltas of targets come out. In memory, deterministic, without
 * effects; whoever runs it watches what `feeds` names, and writes what `apply` says.
 *
 * - *Sources.* `feeds` lists every kind of object to watch, once for sources that ask for the same. A feed may be given more
 *   than its source asked for: namespace, selector and predicate are applied here again, and an object that leaves them is
 *   retracted. A view that a controller of this process writes is no feed: it is connected inside.
 * - *Events.* `apply` takes any number of events as one atomic turn. An event says what is true now: the same object twice is
 *   one, the end of an object that is not there is nothing.
 * - *Targets.* `rows` is what each controller wants its target to hold, level-triggered: retry a failed write from it, not
 *   from an event. The deltas of a turn come with all deletions first, in the order of their keys. Views are targets too.
 * - *Faults.* An object that a pipeline cannot compute with is left out, with all rows that would come of it, and listed by
 *   `faults` until it changes for the better. It holds up no other object. An Error is thrown for bugs alone; the turn has
 *   then not been.
 * - *Circles.* Controllers that feed each other in a circle through views do not run and are in `cycles`; so are circles
 *   through the cluster, which do run. `shared` names targets with several writers, `conflicts` the objects on which rows
 *   disagree.
 */
export class Pipelines {
  /** What has to be fed. */
  readonly feeds: readonly Feed[];
  /** The controllers that run, each behind those whose views it reads. */
  readonly controllers: readonly Controller[];
  readonly cycles: readonly Cycle[];
  /** Targets that several controllers write, with their ids. */
  readonly shared: ReadonlyMap<string, readonly string[]>;
  readonly #graph: Graph = graph();
  readonly #feeds = new Map<string, OpenFeed>();
  readonly #mounted = new Map<string, MountedController>();
  readonly #inputs = new Map<Source, Collection<Doc>>();
  readonly #views = new Map<string, Collection<Doc>>();
  readonly #faults: FaultBook;
  readonly #around: Surroundings;
  #deltas: TargetDelta[] = [];

  constructor(controllers: readonly Controller[], { now, random }: PipelineOptions) {
    this.#around = { now, random: random ?? sequence() };
    this.#faults = new FaultBook(this.#graph);
    const order = inOrder(controllers);
    this.controllers = order.controllers;
    this.cycles = order.cycles;
    this.shared = sharedTargets(order.controllers);
    for (const controller of order.controllers) this.#mount(controller);
    for (const { controller } of this.#mounted.values()) {
      const { resource } = controller.target;
      if (resource.view) this.#view(resource, this.#writers(resource));
    }
    this.feeds = [...this.#feeds.values()].filter(({ source }) => source.type !== "OneShot").map(({ feed }) => feed);
    this.#fire(now);
  }

  /** Takes events as one turn at the time `now`, and gives the changes of all targets. */
  apply(events: readonly FeedEvent[], now: string): readonly TargetDelta[] {
    return this.#turn(now, (set) => {
      const pending = new Map<string, Doc | undefined>();
      for (const { feed: id, key, object } of events) {
        const feed = this.#feed(id);
        const place = `${id} ${key}`;
        const before = pending.has(place) ? pending.get(place) : feed.input.get(key);
        const after = admitted(feed, { key, before }, object as Doc | undefined);
        pending.set(place, after);
        set(feed.input, key, after);
      }
    });
  }

  /** Takes the whole content of a feed as one turn: what is not among the objects is gone. */
  relist(feed: string, objects: readonly KubeObject[], now: string): readonly TargetDelta[] {
    const listed = objects.map((object): FeedEvent => ({ feed, key: nameKey(object.metadata), object }));
    const keys = new Set(listed.map(({ key }) => key));
    const gone = [...this.#feed(feed).input.entries()].flatMap(([key]): FeedEvent[] =>
      keys.has(key) ? [] : [{ feed, key, object: undefined }],
    );
    return this.apply([...gone, ...listed], now);
  }

  /**
   * Takes over the content of every feed that `previous` has as well, as one turn: for a change of the controllers. A OneShot
   * source that has had its object keeps it.
   */
  carryOver(previous: Pipelines, now: string): readonly TargetDelta[] {
    return this.#turn(now, (set) => {
      for (const [id, { input, last }] of this.#feeds) {
        const held = previous.#feeds.get(id);
        for (const [key, row] of held?.input.entries() ?? []) set(input, key, row);
        for (const [key, object] of held?.last ?? []) last.set(key, object);
      }
    });
  }

  /** What a controller wants its target to hold, by key. */
  rows(controller: string): ReadonlyMap<string, Doc> {
    return new Map([...this.#controller(controller).rows.entries()].map(([key, { object }]) => [key, object]));
  }

  /** The objects of a view by key, whoever writes it; undefined when there is no such view. */
  view(group: string, kind: string): Collection<Doc> | undefined {
    return this.#views.get(`${group}/${kind}`);
  }

  /** Rows that are left out, and why. Cost: the number of faults. */
  faults(): readonly RowFault[] {
    return this.#faults.list();
  }

  /** How many rows are left out, for each controller that has some. */
  faultCounts(): ReadonlyMap<string, number> {
    return this.#faults.count();
  }

  /** Objects that rows disagree about, within a controller and between controllers. Cost: the rows of all targets. */
  conflicts(): readonly Conflict[] {
    const mounted = [...this.#mounted.values()];
    const within = mounted.flatMap(({ controller, rows }) =>
      [...rows.entries()].flatMap(([key, { claims }]): Conflict[] =>
        claims === 1
          ? []
          : [{ target: resourceId(controller.target.resource), key, controllers: [controller.id], fields: [] }],
      ),
    );
    const between = [...this.shared].flatMap(([target, ids]) =>
      conflictsBetween(
        target,
        mounted.filter(({ controller }) => ids.includes(controller.id)),
      ),
    );
    return [...within, ...between];
  }

  /** What each stage of each controller has done so far, in the order of the pipeline. */
  stats(): ReadonlyMap<string, readonly StageStats[]> {
    return new Map([...this.#mounted].map(([id, { counters }]) => [id, counters.map((one) => one.read())]));
  }

  /** The rows that come of one object of a feed, stage by stage, through views as far as they go. */
  trace(feed: string, key: string): readonly ControllerTrace[] {
    const traces: ControllerTrace[] = [];
    const found = new Map<Collection<Doc>, Set<string>>([[this.#feed(feed).input, new Set([key])]]);
    for (const mounted of this.#mounted.values()) {
      const { controller } = mounted;
      for (const source of controller.sources) {
        const input = this.#inputs.get(source);
        for (const one of (input && found.get(input)) ?? []) {
          const object = input?.get(one);
          if (object === undefined) continue;
          const trace = traceObject(mounted, { source: source.name, object }, { ...this.#around, random: sequence() });
          traces.push(trace);
          const view = this.view(controller.target.resource.group, controller.target.resource.kind);
          if (view !== undefined)
            found.set(view, new Set([...(found.get(view) ?? []), ...trace.target.map((row) => row.key)]));
        }
      }
    }
    return traces;
  }

  /** Why an object of a target is there: the rows that it was computed from, down to the objects of feeds. */
  explain(controller: string, key: string): Explanation | undefined {
    return this.#graph.explain(this.#controller(controller).rows, key);
  }

  #mount(controller: Controller): void {
    const inputs = controller.sources
      .filter(({ type }) => type !== "Periodic")
      .map((source) => this.#input(controller, source));
    const mounted = mountController(controller, inputs, this.#around);
    this.#mounted.set(controller.id, mounted);
    for (const suspect of mounted.suspects) this.#faults.watch(controller.id, suspect);
    mounted.rows.subscribe((changes) => {
      for (const { key, before, after } of changes) this.#tell(controller.id, key, { before, after });
    });
  }

  #tell(
    controller: string,
    key: string,
    { before, after }: Readonly<Record<"before" | "after", Claimed | undefined>>,
  ): void {
    if (after === undefined) {
      if (before !== undefined) this.#deltas.push({ controller, type: "Deleted", key, object: before.object });
    } else if (before === undefined || !sameValue(before.object, after.object))
      this.#deltas.push({ controller, type: before === undefined ? "Added" : "Updated", key, object: after.object });
  }

  #input(controller: Controller, source: Source): Collection<Doc> {
    const writers = source.type === "Watcher" ? this.#writers(source.resource) : [];
    const reader = `${controller.id}/${source.name}`;
    const input = writers.length > 0 ? this.#view(source.resource, writers) : this.#open(source, reader);
    this.#inputs.set(source, input);
    return input;
  }

  /** The controllers that write a view. */
  #writers({ group, kind }: Resource): readonly MountedController[] {
    return [...this.#mounted.values()].filter(({ controller: { target } }) => {
      const { resource } = target;
      return resource.view && resource.group === group && resource.kind === kind;
    });
  }

  #view({ group, kind }: Resource, writers: readonly MountedController[]): Collection<Doc> {
    const id = `${group}/${kind}`;
    const known = this.#views.get(id);
    if (known !== undefined) return known;
    const [only] = writers;
    const claimed =
      writers.length === 1 && only !== undefined
        ? only.rows
        : groupBy(
            union({ name: id }, Object.fromEntries(writers.map(({ controller, rows }) => [controller.id, rows]))),
            {
              name: id,
              by: (_row, key) => unpairKey(key)[1],
              reduce: (rows) => decided(rows.map(([, { object }]) => object)),
            },
          );
    const view = objectsOf(id, claimed);
    this.#views.set(id, view);
    return view;
  }

  #open(source: Source, reader: string): Input<Doc> {
    const id = source.type === "OneShot" ? `${feedId(source)} once` : feedId(source);
    const known = this.#feeds.get(id);
    const { resource, namespace, labelSelector } = source;
    const input = known?.input ?? this.#graph.input<Doc>({ name: id });
    const feed: Feed = {
      id,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      readers: [...(known?.feed.readers ?? []), reader],
    };
    const last = known?.last ?? new Map<string, Doc>();
    this.#feeds.set(id, { feed, source: known?.source ?? source, input, last });
    return input;
  }

  #fire(now: string): void {
    this.#turn(now, (set) => {
      for (const { source, input } of this.#feeds.values())
        if (source.type === "OneShot") set(input, "one-shot-trigger", trigger(source, now));
    });
  }

  #turn(
    now: string,
    change: (set: (input: Input<Doc>, key: string, row: Doc | undefined) => void) => void,
  ): readonly TargetDelta[] {
    this.#around.now = now;
    this.#deltas = [];
    this.#graph.turn((turn) => {
      change((input, key, row) => {
        if (row === undefined) turn.delete(input, key);
        else turn.set(input, key, row);
      });
    });
    const late = (delta: TargetDelta): number => (delta.type === "Deleted" ? 0 : 1);
    return this.#deltas.sort((a, b) => late(a) - late(b) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  #feed(id: string): OpenFeed {
    const feed = this.#feeds.get(id);
    if (feed === undefined) throw new Error(`there is no feed ${id}`);
    return feed;
  }

  #controller(id: string): MountedController {
    const mounted = this.#mounted.get(id);
    if (mounted === undefined) throw new Error(`there is no controller ${id}`);
    return mounted;
  }
}

/** Numbers without a pattern that matters, the same each time (mulberry32). */
function sequence(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
