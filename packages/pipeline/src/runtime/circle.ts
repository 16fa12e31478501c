import { pairKey, sameValue } from "@headgate/delta";
import type { Collection, Explanation, Input } from "@headgate/delta";

import type { Member } from "../stage/gather.ts";
import type { Named } from "../stage/output.ts";
import { Quarantined } from "../stage/segment.ts";
import type { Doc } from "../value.ts";
import { asLeft } from "./layers.ts";
import type { Layers } from "./layers.ts";
import type { Claimed } from "./mount.ts";

/** Changes inputs within a turn. */
export type Write = <R>(input: Input<R>, key: string, row: R | undefined) => void;

/** A controller of a circle as one of the writers of a view. */
export interface CircleWriter {
  readonly id: string;
  readonly rows: Collection<Claimed>;
  /** What it makes, once for each way in which it is made. */
  readonly outputs: Collection<Named | Quarantined>;
  /** What goes into the groups of each of its gathers. */
  readonly members: readonly Collection<Member | Quarantined>[];
}

/** A view that controllers of a circle read and write. */
export interface CircleView {
  readonly id: string;
  /** As the controllers of the circle read it. */
  readonly feedback: Input<Layers>;
  /** As all others read it. */
  readonly settled: Input<Doc>;
  /** As it is written. */
  readonly layers: Collection<Layers>;
  readonly writers: readonly CircleWriter[];
}

/** Objects that are left out of a circle, because what it makes of them never comes to rest. */
export interface Unsettled {
  /** The controllers that feed each other, the first one at the end again. */
  readonly path: readonly string[];
  /** What came of them, from the first on. */
  readonly examples: readonly string[];
  /** The first hundred. */
  readonly objects: readonly { readonly view: string; readonly key: string }[];
}

/** So often is what the controllers of a circle make handed to them again before it is said that it never comes to rest. */
const mostRounds = 250;
/** What is made may double each round: this many objects may be handed over in all, and so many for each one from outside. */
const [mostObjects, mostObjectsEach] = [1_000, 250];
/** After this many searches for the objects to blame all are. */
const mostSearches = 2;
const maxExamples = 4;
const maxTold = 100;

export interface CircleParts {
  readonly controllers: readonly string[];
  readonly views: readonly CircleView[];
  /** What its controllers read besides. */
  readonly inputs: readonly Collection<Doc>[];
  /** What others bring into its views. */
  readonly brought: readonly Collection<unknown>[];
}

interface Book {
  readonly view: CircleView;
  /** Keys of which a way in which they are made is gone. */
  readonly retracted: Set<string>;
  /** Keys that are written otherwise than they are read. */
  readonly due: Set<string>;
  /** Keys that changed since all was settled. */
  readonly touched: Set<string>;
  readonly held: Set<string>;
}

interface Place {
  readonly book: Book;
  readonly key: string;
}

/**
 * Controllers that feed each other through views, brought to rest in rounds: what they write is handed to them as what they
 * read, until that is the same.
 *
 * Whenever a way in which an object was made is gone, the object is taken out of what they read before it is looked whether
 * it is made in another way. So nothing stays that holds up only itself.
 */
export class Circle {
  readonly #controllers: readonly string[];
  readonly #outside: readonly Collection<unknown>[];
  readonly #books: ReadonlyMap<string, Book>;
  readonly #explain: (rows: Collection<unknown>, key: string) => Explanation | undefined;
  #stirred = false;
  #unsettled: readonly Unsettled[] = [];

  constructor(
    { controllers, views, inputs, brought }: CircleParts,
    explain: (rows: Collection<unknown>, key: string) => Explanation | undefined,
  ) {
    this.#controllers = controllers;
    this.#outside = [...inputs, ...brought];
    this.#explain = explain;
    const books = views.map((view): Book => ({
      view,
      retracted: new Set(),
      due: new Set(),
      touched: new Set(),
      held: new Set(),
    }));
    this.#books = new Map(books.map((book) => [book.view.id, book]));
    for (const input of inputs)
      input.subscribe(() => {
        this.#stirred = true;
      });
    for (const book of books) this.#follow(book);
  }

  get unsettled(): readonly Unsettled[] {
    return this.#unsettled;
  }

  /** Brings it to rest. Cost: what the changes come to, round by round; where they never do, some hundred rounds. */
  settle(turn: (change: (write: Write) => void) => void): void {
    if (!this.#stirred) return;
    this.#stirred = false;
    this.#unsettled = [];
    for (const { held, due } of this.#books.values()) {
      for (const key of held) due.add(key);
      held.clear();
    }
    const most = mostObjects + mostObjectsEach * this.#outside.reduce((sum, { size }) => sum + size, 0);
    let rounds = 0;
    let objects = 0;
    let searches = 0;
    for (;;) {
      const gone = this.#retractions();
      if (gone.length > 0) {
        turn((write) => {
          for (const { book, key } of gone) write(book.view.feedback, key, undefined);
        });
        continue;
      }
      const due = this.#due();
      if (due.length === 0) break;
      rounds += 1;
      objects += due.length;
      if (rounds > mostRounds || objects > most) {
        this.#hold(due, searches);
        searches += 1;
        rounds = 0;
        objects = 0;
        continue;
      }
      turn((write) => {
        for (const { book, key } of due) write(book.view.feedback, key, book.view.layers.get(key));
      });
    }
    turn((write) => {
      for (const { view, touched } of this.#books.values()) {
        for (const key of touched) write(view.settled, key, asLeft(view.layers.get(key) ?? []));
        touched.clear();
      }
    });
    this.#stirred = false;
  }

  /** Forgets what it was in the middle of: the turns were taken back. */
  reset(): void {
    for (const { retracted, due, touched } of this.#books.values())
      for (const keys of [retracted, due, touched]) keys.clear();
    this.#stirred = false;
  }

  #follow({ view, retracted, due, touched }: Book): void {
    view.layers.subscribe((changes) => {
      this.#stirred = true;
      for (const { key, before = [], after = [] } of changes) {
        due.add(key);
        touched.add(key);
        if (before.some((layer) => !after.some((other) => sameValue(layer, other)))) retracted.add(key);
      }
    });
    for (const writer of view.writers) {
      for (const [index, members] of writer.members.entries())
        members.subscribe((changes) => {
          for (const { before, after } of changes)
            if (isMember(before) && !(isMember(after) && after.group === before.group))
              lost(writer, { index, group: before.group }, retracted);
        });
      writer.outputs.subscribe((changes) => {
        for (const { before } of changes)
          if (before !== undefined && !(before instanceof Quarantined)) retracted.add(before.key);
      });
    }
  }

  #retractions(): readonly Place[] {
    const gone: Place[] = [];
    for (const book of this.#books.values()) {
      for (const key of book.retracted) {
        book.due.add(key);
        if (book.view.feedback.get(key) !== undefined) gone.push({ book, key });
      }
      book.retracted.clear();
    }
    return gone;
  }

  #due(): readonly Place[] {
    const found: Place[] = [];
    for (const book of this.#books.values()) {
      const { due, held, view } = book;
      for (const key of due) {
        if (held.has(key)) continue;
        const [written, read] = [view.layers.get(key), view.feedback.get(key)];
        if (written !== read && !(written !== undefined && read !== undefined && sameValue(written, read)))
          found.push({ book, key });
      }
      due.clear();
    }
    return found;
  }

  /** Leaves out the objects that what is still due came of. */
  #hold(due: readonly Place[], searches: number): void {
    const [first] = due;
    const origins = searches < mostSearches ? this.#originsOf(due) : this.#everything();
    const story = first === undefined ? [] : this.#storyOf(first);
    for (const { book, key } of [...origins, ...due]) book.due.add(key);
    for (const { book, key } of origins) {
      book.held.add(key);
      book.retracted.add(key);
    }
    this.#unsettled = [
      ...this.#unsettled,
      {
        path: this.#pathOf(story.map(({ writer }) => writer)),
        examples: [...new Set(story.map(({ key }) => key))].slice(0, maxExamples),
        objects: origins.slice(0, maxTold).map(({ book, key }) => ({ view: book.view.id, key })),
      },
    ];
  }

  #everything(): readonly Place[] {
    return [...this.#books.values()].flatMap((book) =>
      [...book.view.feedback.entries()].map(([key]) => ({ book, key })),
    );
  }

  /** The objects at the beginning: those that come from outside of the circle. */
  #originsOf(due: readonly Place[]): readonly Place[] {
    const seen = new Set<string>();
    const origins: Place[] = [];
    const left = [...due];
    for (let place = left.pop(); place !== undefined; place = left.pop()) {
      const { book, key } = place;
      const id = `${book.view.id} ${key}`;
      if (seen.has(id)) continue;
      seen.add(id);
      const causes = this.#causesOf(place);
      if (isOutside(place) || causes.every(({ places }) => places.length === 0)) origins.push(place);
      for (const { places } of causes) left.push(...places);
    }
    return origins.length > 0 ? origins : due;
  }

  /** How an object came about, step by step, from the first one on. */
  #storyOf(place: Place): readonly { readonly writer: string; readonly key: string }[] {
    const steps: { writer: string; key: string }[] = [];
    const seen = new Set<string>();
    for (let at: Place | undefined = place; at !== undefined;) {
      const { book, key }: Place = at;
      const id = `${book.view.id} ${key}`;
      if (seen.has(id)) break;
      seen.add(id);
      const cause: Cause | undefined = this.#causesOf(at).at(-1);
      steps.push({ writer: cause?.writer ?? "", key });
      at = cause?.places[0];
    }
    return steps.reverse();
  }

  /** The last time around of a story: from a controller back to itself. Where it is too short for that, all controllers. */
  #pathOf(writers: readonly string[]): readonly string[] {
    const last = writers.at(-1) ?? "";
    const before = writers.lastIndexOf(last, writers.length - 2);
    const around = before < 0 || before === writers.length - 1 ? this.#controllers : writers.slice(before, -1);
    const first = Math.max(0, around.indexOf(this.#controllers.find((id) => around.includes(id)) ?? ""));
    const path = [...around.slice(first), ...around.slice(0, first)];
    return [...path, path[0] ?? ""];
  }

  /** By each controller of the circle that makes the object: what of the circle it is made from. */
  #causesOf({ book, key }: Place): readonly Cause[] {
    return book.view.writers.flatMap(({ id, rows }): readonly Cause[] => {
      const why = this.#explain(rows, key);
      if (why === undefined) return [];
      const places: Place[] = [];
      const visit = ({ collection, key: of, because }: Explanation): void => {
        const read = because.length === 0 ? this.#books.get(collection) : undefined;
        if (read !== undefined) places.push({ book: read, key: of });
        because.forEach(visit);
      };
      visit(why);
      return [{ writer: id, places }];
    });
  }
}

function isMember(row: Member | Quarantined | undefined): row is Member {
  return row !== undefined && !(row instanceof Quarantined);
}

/**
 * Notes what is made of a group that lost a member. It may be the very same as before, and be so because of members that are
 * there only because of it.
 */
function lost(
  writer: CircleWriter,
  { index, group }: { readonly index: number; readonly group: string },
  retracted: Set<string>,
): void {
  const next = writer.members[index + 1];
  for (let row = 0; ; row += 1) {
    const key = pairKey(group, String(row));
    if (next === undefined) {
      const output = writer.outputs.get(key);
      if (output === undefined || output instanceof Quarantined) return;
      retracted.add(output.key);
    } else {
      const member = next.get(key);
      if (!isMember(member)) return;
      lost(writer, { index: index + 1, group: member.group }, retracted);
    }
  }
}

interface Cause {
  readonly writer: string;
  readonly places: readonly Place[];
}

function isOutside({ book, key }: Place): boolean {
  return book.view.layers.get(key)?.some(({ position }) => position < 0) === true;
}
