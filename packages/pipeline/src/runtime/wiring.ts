import { filter, graph, groupBy, join, map, unpairKey } from "@headgate/delta";
import type { Collection, Explanation, Graph, Input } from "@headgate/delta";

import type { Surroundings } from "../expression/evaluate.ts";
import type { Controller } from "../spec/controller.ts";
import type { Resource } from "../spec/resource.ts";
import type { Source } from "../spec/source.ts";
import { Quarantined } from "../stage/segment.ts";
import type { Doc } from "../value.ts";
import { Circle } from "./circle.ts";
import type { CircleView } from "./circle.ts";
import { FaultBook } from "./faults.ts";
import { admitted, feedId } from "./feed.ts";
import type { Feed, OpenFeed } from "./feed.ts";
import { asLeft, layersOf, objectsIn, objectsReadAt } from "./layers.ts";
import type { Layers, ViewWriter } from "./layers.ts";
import { mountController, objectsOf } from "./mount.ts";
import type { Claimed, MountedController } from "./mount.ts";
import { inOrder } from "./order.ts";
import type { Part } from "./order.ts";

/** What a source reads: the id of a feed or of a view, and the rows as the controller gets them. */
export interface Origin {
  readonly id: string;
  readonly rows: Collection<Doc>;
}

/** A view with its writers. */
export interface WiredView {
  readonly id: string;
  readonly writers: readonly ViewWriter[];
  /** As those read it who don't take part in writing it. */
  readonly rows: Collection<Doc>;
  /** What its objects are put together of; undefined when one Updater writes it. */
  readonly layers: Collection<Layers> | undefined;
  readonly circular: boolean;
}

interface Loop {
  readonly id: string;
  readonly feedback: Input<Layers>;
  readonly settled: Input<Doc>;
}

const tickName = "the ticks of";

export function viewId({ group, kind }: Resource): string {
  return `${group}/${kind}`;
}

/** Controllers that have to do with each other, as one graph of collections. Made once; after that only its inputs change. */
export class Wiring {
  readonly graph: Graph;
  /** Each behind those whose views it reads. */
  readonly mounted = new Map<string, MountedController>();
  readonly feeds = new Map<string, OpenFeed>();
  readonly origins = new Map<Source, Origin>();
  readonly views = new Map<string, WiredView>();
  /** Each behind those whose views it reads. */
  readonly circles: Circle[] = [];
  /** Of controllers with a Periodic source: a row that makes all of theirs be computed again when it changes. */
  readonly ticks = new Map<string, Input<number>>();
  readonly faults: FaultBook = new FaultBook((rows, key) => this.explain(rows, key));
  readonly #positions: ReadonlyMap<Controller, number>;
  readonly #loops = new Map<string, Loop>();
  readonly #around: Surroundings;

  /** `elapsed` is a clock in milliseconds, if the time of controllers is to be measured. */
  constructor(controllers: readonly Controller[], around: Surroundings, elapsed: (() => number) | undefined) {
    this.graph = graph({ elapsed });
    this.#around = around;
    this.#positions = new Map(controllers.map((controller, index) => [controller, index]));
    for (const part of inOrder(controllers).parts) this.#mountPart(part);
    for (const { controller } of this.mounted.values())
      if (controller.target.resource.view) this.#view(controller.target.resource);
  }

  /** Why a row is there. Where controllers feed each other, each object is explained once. */
  explain(rows: Collection<unknown>, key: string): Explanation | undefined {
    const seen = new Set<string>();
    const isSame = ({ collection }: Explanation, other: Explanation): boolean =>
      collection === other.collection && (this.feeds.has(collection) || this.views.has(collection));
    const through = (one: Explanation): Explanation => {
      const because = one.because.filter(({ collection }) => !collection.startsWith(tickName));
      const [only, ...more] = because;
      if (only === undefined) return this.#loops.has(one.collection) ? behind(one) : { ...one, because };
      // The same object once more: as it is read here, and as all read it.
      if (more.length === 0 && isSame(one, only)) return { ...one, because: through(only).because };
      return { ...one, because: because.map(through) };
    };
    const behind = ({ collection, key: of, row }: Explanation): Explanation => {
      const object = Array.isArray(row) ? asLeft(row as Layers) : row;
      const place = `${collection} ${of}`;
      const again = seen.has(place);
      seen.add(place);
      const writers = again ? [] : (this.views.get(collection)?.writers ?? []);
      const because = writers.flatMap((writer) => this.graph.explain(writer.rows, of) ?? []);
      return { collection, key: of, row: object, because: because.map(through) };
    };
    const found = this.graph.explain(rows, key);
    return found && through(found);
  }

  #mountPart({ controllers, circular }: Part): void {
    const reads = (one: Controller, resource: Resource): boolean =>
      one.sources.some((source) => source.type === "Watcher" && viewId(source.resource) === viewId(resource));
    const targets = controllers.map(({ target }) => target.resource);
    const views = targets.filter(
      (resource, index) =>
        circular &&
        controllers.some((one) => reads(one, resource)) &&
        targets.findIndex((other) => viewId(other) === viewId(resource)) === index,
    );
    for (const resource of views) {
      const id = viewId(resource);
      this.#loops.set(id, { id, feedback: this.graph.input({ name: id }), settled: this.graph.input({ name: id }) });
    }
    const outside: Collection<Doc>[] = [];
    for (const controller of controllers)
      this.#mount(
        controller,
        controller.sources
          .filter(({ type }) => type !== "Periodic")
          .map((source) => {
            const inner = views.some((view) => source.type === "Watcher" && viewId(view) === viewId(source.resource));
            const input = this.#input(controller, source, inner);
            if (!inner) outside.push(input);
            return input;
          }),
      );
    if (views.length > 0) this.circles.push(this.#circle(views, new Set(controllers), outside));
  }

  #mount(controller: Controller, inputs: readonly Collection<Doc>[]): void {
    const periodic = controller.sources.some(({ type }) => type === "Periodic");
    const mounted = this.graph.asPart(controller.id, () =>
      mountController(controller, inputs, {
        around: this.#around,
        renewing: (rows) => (periodic ? this.#ticking(controller, rows) : rows),
      }),
    );
    this.mounted.set(controller.id, mounted);
    for (const suspect of mounted.suspects) this.faults.watch(controller.id, suspect);
  }

  #circle(views: readonly Resource[], inner: ReadonlySet<Controller>, outside: readonly Collection<Doc>[]): Circle {
    const fromOutside: Collection<unknown>[] = [];
    const circular = views.flatMap((resource): readonly CircleView[] => {
      const loop = this.#loops.get(viewId(resource));
      if (loop === undefined) return [];
      const { id, feedback, settled } = loop;
      const controllers = this.#writersOf(resource);
      const writers = controllers.map((one) => this.#writer(one, inner.has(one.controller)));
      // Where nobody else writes the view, objects can be brought into it.
      const base = this.#open(
        { at: "", resource, name: resource.kind, type: "Watcher" },
        this.#readersOf(resource, inner),
      );
      const brought = map(base, { name: id, row: (object): Claimed => ({ object, claims: 1 }) });
      const all: readonly ViewWriter[] = [
        ...writers,
        { id: "", position: -1, patch: false, inner: false, rows: brought },
      ];
      fromOutside.push(...all.flatMap((writer) => (writer.inner ? [] : [writer.rows])));
      const layers = layersOf(id, all);
      this.views.set(id, { id, writers: all, rows: settled, layers, circular: true });
      const own = controllers.filter(({ controller }) => inner.has(controller));
      return [
        {
          id,
          feedback,
          settled,
          layers,
          writers: own.map(({ controller, rows, outputs, members }) => ({ id: controller.id, rows, outputs, members })),
        },
      ];
    });
    return new Circle(
      { controllers: [...inner].map(({ id }) => id), views: circular, inputs: outside, brought: fromOutside },
      (rows, key) => this.graph.explain(rows, key),
    );
  }

  #readersOf(resource: Resource, inner: ReadonlySet<Controller>): readonly string[] {
    return [...inner].flatMap(({ id, sources }) =>
      sources
        .filter((source) => source.type === "Watcher" && viewId(source.resource) === viewId(resource))
        .map(({ name }) => `${id}/${name}`),
    );
  }

  #writer({ controller, rows }: MountedController, inner: boolean): ViewWriter {
    const position = this.#positions.get(controller) ?? 0;
    return { id: controller.id, position, patch: controller.target.type === "Patcher", inner, rows };
  }

  #input(controller: Controller, source: Source, inner: boolean): Collection<Doc> {
    const origin = this.#origin(controller, source, inner);
    const periodic = controller.sources.some(({ type }) => type === "Periodic");
    const rows = periodic ? this.#ticking(controller, origin.rows) : origin.rows;
    this.origins.set(source, { id: origin.id, rows });
    return rows;
  }

  #origin(controller: Controller, source: Source, inner: boolean): Origin {
    const { type, resource } = source;
    const id = viewId(resource);
    const loop = inner ? this.#loops.get(id) : undefined;
    if (loop !== undefined) {
      const read = objectsReadAt(id, loop.feedback, this.#positions.get(controller) ?? 0);
      return { id, rows: selected(source, read) };
    }
    if (type !== "Watcher" || this.#writersOf(resource).length === 0) {
      const rows = this.#open(source, [`${controller.id}/${source.name}`]);
      return { id: feedOf(source), rows };
    }
    return { id, rows: selected(source, this.#view(resource)) };
  }

  /** The rows anew at each tick, so that whatever is computed from them is computed again. */
  #ticking<R extends object>({ id }: Controller, rows: Collection<R>): Collection<R> {
    const known = this.ticks.get(id);
    const tick = known ?? this.graph.input<number>({ name: `${tickName} ${id}` });
    this.ticks.set(id, tick);
    const same = (a: unknown, b: unknown): boolean => a === b;
    const anew = join(rows, tick, {
      name: rows.name,
      leftKey: () => "",
      rightKey: () => "",
      row: (row): R => (row instanceof Quarantined ? row : { ...row }),
      same,
    });
    return groupBy(anew, {
      name: rows.name,
      by: (_row, key) => unpairKey(key)[0],
      reduce: ([first]) => first?.[1],
      same,
    });
  }

  /** The controllers that write a view. */
  #writersOf(resource: Resource): readonly MountedController[] {
    if (!resource.view) return [];
    return [...this.mounted.values()].filter(({ controller: { target } }) => {
      return target.resource.view && viewId(target.resource) === viewId(resource);
    });
  }

  #view(resource: Resource): Collection<Doc> {
    const id = viewId(resource);
    const known = this.views.get(id);
    if (known !== undefined) return known.rows;
    const writers = this.#writersOf(resource).map((one) => this.#writer(one, false));
    const [only] = writers;
    const layers = writers.length === 1 && only?.patch === false ? undefined : layersOf(id, writers);
    const rows =
      layers === undefined && only !== undefined ? objectsOf(id, only.rows) : objectsIn(id, demanded(layers));
    this.views.set(id, { id, writers, rows, layers, circular: false });
    return rows;
  }

  #open(source: Source, readers: readonly string[]): Input<Doc> {
    const id = feedOf(source);
    const known = this.feeds.get(id);
    const { resource, namespace, labelSelector } = source;
    const input = known?.input ?? this.graph.input<Doc>({ name: id });
    const feed: Feed = {
      id,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      readers: [...(known?.feed.readers ?? []), ...readers],
    };
    const last = known?.last ?? new Map<string, Doc>();
    this.feeds.set(id, { feed, source: known?.source ?? source, input, last });
    return input;
  }
}

function feedOf(source: Source): string {
  return source.type === "OneShot" ? `${feedId(source)} once` : feedId(source);
}

function demanded<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a view without a writer");
  return value;
}

/** The objects of a view that a source takes. */
function selected(source: Source, rows: Collection<Doc>): Collection<Doc> {
  const { namespace, labelSelector, predicate } = source;
  if (namespace === undefined && labelSelector === undefined && predicate === undefined) return rows;
  const last = new Map<string, Doc>();
  const judged: Collection<Doc | false> = map<Doc, Doc | false>(rows, {
    name: rows.name,
    row: (object, key) => {
      const before = judged.get(key);
      return admitted({ source, last }, { key, before: before === false ? undefined : before }, object) ?? false;
    },
  });
  judged.subscribe((changes) => {
    for (const { key, after } of changes) if (after === undefined) last.delete(key);
  });
  return filter<Doc | false, Doc>(judged, { name: rows.name, where: (row): row is Doc => row !== false });
}
