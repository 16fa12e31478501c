import type { KubeObject } from "@headgate/api";
import { nameKey } from "@headgate/api";
import type { Collection, Explanation } from "@headgate/delta";

import type { Surroundings } from "../expression/evaluate.ts";
import type { Controller } from "../spec/controller.ts";
import type { StageStats } from "../stage/counters.ts";
import type { Doc } from "../value.ts";
import { sequence } from "./chance.ts";
import type { Write } from "./circle.ts";
import { conflictsBetween, conflictsOf } from "./conflicts.ts";
import type { Conflict } from "./conflicts.ts";
import type { RowFault } from "./faults.ts";
import { admitted } from "./feed.ts";
import type { Feed } from "./feed.ts";
import { Island } from "./island.ts";
import type { Meter, TargetDelta } from "./island.ts";
import { inOrder, islandsOf, sharedTargets } from "./order.ts";
import type { Cycle } from "./order.ts";
import type { ControllerTrace } from "./trace.ts";

/** What became of an object of a feed: it is there as `object`, or it is gone (undefined). */
export interface FeedEvent {
  readonly feed: string;
  /** `nameKey` of the object: `namespace/name`, or just the name. */
  readonly key: string;
  readonly object: KubeObject | undefined;
}

export interface PipelineOptions {
  /** The time at the beginning, as `@now` shows it: `2026-01-31T12:00:00Z`. */
  readonly now: string;
  /** What `@rnd` draws from: at least 0, below 1. Without it, the same sequence in every process. */
  readonly random?: () => number;
  /** Measures the time of evaluation. */
  readonly meter?: Meter;
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
 * - *Circles.* Controllers that feed each other in a circle are in `cycles`. Through views they run in rounds until they come to
 *   rest, all within one `apply`. One that reads a view that it helps to write gets each object as the controllers before it left
 *   it, in the order in which they are given, or else as all of them did; everyone else gets it as the last one left it. Objects
 *   from which the rounds never come to rest are left out, as faults of the code `unsettled`. `shared` names targets with several
 *   writers, `conflicts` the objects on which rows disagree.
 */
export class Pipelines {
  #feeds: readonly Feed[] = [];
  #controllers: readonly Controller[] = [];
  #cycles: readonly Cycle[] = [];
  #shared: ReadonlyMap<string, readonly string[]> = new Map();
  #islands: readonly Island[] = [];
  #byController: ReadonlyMap<string, Island> = new Map();
  readonly #around: Surroundings;
  readonly #meter: Meter | undefined;

  constructor(controllers: readonly Controller[], { now, random, meter }: PipelineOptions) {
    this.#around = { now, random: random ?? sequence() };
    this.#meter = meter;
    this.setControllers(controllers, now);
  }

  /** What has to be fed. */
  get feeds(): readonly Feed[] {
    return this.#feeds;
  }

  /** All controllers, each behind those whose views it reads. */
  get controllers(): readonly Controller[] {
    return this.#controllers;
  }

  get cycles(): readonly Cycle[] {
    return this.#cycles;
  }

  /** Targets that several controllers write, with their ids. */
  get shared(): ReadonlyMap<string, readonly string[]> {
    return this.#shared;
  }

  /**
   * Makes these the controllers that there are, and gives the ids of those that are computed anew: what has changed, and what
   * has to do with it through views. The others are left alone, when their controllers are the very same values. What feeds
   * held that are still there, they hold; a OneShot source that has had its object keeps it.
   */
  setControllers(controllers: readonly Controller[], now: string): ReadonlySet<string> {
    this.#around.now = now;
    const before = this.#islands;
    const renewed = new Set<string>();
    this.#islands = islandsOf(controllers).map((of) => {
      const known = before.find((island) => isSame(island.controllers, of));
      if (known !== undefined) return known;
      for (const { id } of of) renewed.add(id);
      const island = new Island(of, this.#around, this.#meter);
      island.transact((write) => {
        for (const [id, { input, last }] of island.feeds) {
          const held = before.find(({ feeds }) => feeds.has(id))?.feeds.get(id);
          for (const [key, row] of held?.input.entries() ?? []) write(input, key, row);
          for (const [key, object] of held?.last ?? []) last.set(key, object);
        }
      });
      return island;
    });
    this.#byController = new Map(
      this.#islands.flatMap((island) => [...island.mounted.keys()].map((id) => [id, island])),
    );
    this.#controllers = this.#islands.flatMap(({ mounted }) =>
      [...mounted.values()].map(({ controller }) => controller),
    );
    this.#cycles = inOrder(controllers).cycles;
    this.#shared = sharedTargets(controllers);
    this.#feeds = merged(this.#islands);
    return renewed;
  }

  /** Takes events at the time `now`, and gives the changes of all targets. */
  apply(events: readonly FeedEvent[], now: string): readonly TargetDelta[] {
    this.#around.now = now;
    for (const { feed } of events) this.#demandFeed(feed);
    const deltas = this.#islands.flatMap((island) => {
      const own = events.filter(({ feed }) => island.feeds.has(feed));
      return own.length === 0
        ? []
        : island.transact((write) => {
            take(island, own, write);
          });
    });
    return sorted(deltas);
  }

  /** Takes the whole content of a feed as one turn: what is not among the objects is gone. */
  relist(feed: string, objects: readonly KubeObject[], now: string): readonly TargetDelta[] {
    const listed = objects.map((object): FeedEvent => ({ feed, key: nameKey(object.metadata), object }));
    const keys = new Set(listed.map(({ key }) => key));
    const held = this.#demandFeed(feed).feeds.get(feed)?.input.entries() ?? [];
    const gone = [...held].flatMap(([key]): readonly FeedEvent[] =>
      keys.has(key) ? [] : [{ feed, key, object: undefined }],
    );
    return this.apply([...gone, ...listed], now);
  }

  /** Computes a controller with a Periodic source, and what follows from it, once more. */
  tick(controller: string, now: string): readonly TargetDelta[] {
    this.#around.now = now;
    return sorted(this.#islandOf(controller).tick(controller));
  }

  /** What a controller wants its target to hold, by key. */
  rows(controller: string): ReadonlyMap<string, Doc> {
    const rows = this.#islandOf(controller).mounted.get(controller)?.rows.entries() ?? [];
    return new Map([...rows].map(([key, { object }]) => [key, object]));
  }

  /**
   * The objects of a view by key, whoever writes it; undefined when there is no such view. It is another collection after
   * `setControllers` made its controllers anew.
   */
  view(group: string, kind: string): Collection<Doc> | undefined {
    for (const island of this.#islands) {
      const view = island.view(`${group}/${kind}`);
      if (view !== undefined) return view;
    }
    return undefined;
  }

  /** All views that a controller writes, with the number of their objects. */
  views(): readonly { readonly group: string; readonly kind: string; readonly size: number }[] {
    const targets = this.#controllers.flatMap(({ target: { resource } }) => (resource.view ? [resource] : []));
    const byId = new Map(targets.map(({ group, kind }) => [`${group}/${kind}`, { group, kind }]));
    return [...byId.values()].map(({ group, kind }) => ({ group, kind, size: this.view(group, kind)?.size ?? 0 }));
  }

  /** Rows that are left out, and why. Cost: the number of faults. */
  faults(): readonly RowFault[] {
    return this.#islands.flatMap((island) => island.faults());
  }

  /** How many rows are left out, for each controller that has some. */
  faultCounts(): ReadonlyMap<string, number> {
    return new Map(this.#islands.flatMap((island) => [...island.faultCounts()]));
  }

  /** Objects that rows disagree about, within a controller and between controllers. Cost: the rows of all targets. */
  conflicts(): readonly Conflict[] {
    const mounted = this.#islands.flatMap((island) => [...island.mounted.values()]);
    const between = [...this.shared].flatMap(([target, ids]) => {
      const writers = mounted.filter(({ controller }) => ids.includes(controller.id));
      return writers.some(({ controller }) => controller.target.resource.view) ? [] : conflictsBetween(target, writers);
    });
    return [...mounted.flatMap(conflictsOf), ...this.#islands.flatMap((island) => island.conflicts()), ...between];
  }

  /** What each stage of each controller has done so far, in the order of the pipeline. */
  stats(): ReadonlyMap<string, readonly StageStats[]> {
    return new Map(this.#islands.flatMap((island) => [...island.stats()]));
  }

  /** The rows that come of one object of a feed, stage by stage, through views as far as they go. */
  trace(feed: string, key: string): readonly ControllerTrace[] {
    this.#demandFeed(feed);
    return this.#islands.flatMap((island) => (island.feeds.has(feed) ? island.trace(feed, key) : []));
  }

  /** Why an object of a target is there: the rows that it was computed from, down to the objects of feeds. */
  explain(controller: string, key: string): Explanation | undefined {
    return this.#islandOf(controller).explain(controller, key);
  }

  #demandFeed(id: string): Island {
    const island = this.#islands.find(({ feeds }) => feeds.has(id));
    if (island === undefined) throw new Error(`there is no feed ${id}`);
    return island;
  }

  #islandOf(controller: string): Island {
    const island = this.#byController.get(controller);
    if (island === undefined) throw new Error(`there is no controller ${controller}`);
    return island;
  }
}

function isSame(a: readonly Controller[], b: readonly Controller[]): boolean {
  return a.length === b.length && a.every((controller, index) => controller === b[index]);
}

/** Writes what events say; of several about one object the last one counts, and each is judged by the one before. */
function take({ feeds }: Island, events: readonly FeedEvent[], write: Write): void {
  const pending = new Map<string, Doc | undefined>();
  for (const { feed: id, key, object } of events) {
    const feed = feeds.get(id);
    if (feed === undefined) continue;
    const place = `${id} ${key}`;
    const before = pending.has(place) ? pending.get(place) : feed.input.get(key);
    const after = admitted(feed, { key, before }, object as Doc | undefined);
    pending.set(place, after);
    write(feed.input, key, after);
  }
}

/** The feeds of all islands; one that several ask for is one. */
function merged(islands: readonly Island[]): readonly Feed[] {
  const all = new Map<string, Feed>();
  for (const { feeds } of islands)
    for (const { feed, source } of feeds.values()) {
      if (source.type === "OneShot") continue;
      const known = all.get(feed.id);
      all.set(feed.id, known === undefined ? feed : { ...known, readers: [...known.readers, ...feed.readers] });
    }
  return [...all.values()];
}

/** All deletions first, then in the order of the keys. */
function sorted(deltas: readonly TargetDelta[]): readonly TargetDelta[] {
  const late = (delta: TargetDelta): number => (delta.type === "Deleted" ? 0 : 1);
  return deltas.toSorted((a, b) => late(a) - late(b) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
