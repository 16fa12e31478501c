import { operatorLabel } from "@headgate/api";
import type { Actuator, Result } from "@headgate/kube";

import type { Row } from "./body.ts";
import type { Known } from "./decide.ts";
import { follow } from "./follow.ts";
import type { Followed, FollowOptions } from "./follow.ts";
import { kindKey } from "./hosted.ts";
import { ledger } from "./ledger.ts";
import type { Ledger, LedgerWriter } from "./ledger.ts";
import type { Subscriber } from "./watch-hub.ts";

/** A kind that is written, or was. */
export interface LedgerKind {
  readonly group: string;
  readonly version: string | undefined;
  readonly kind: string;
  /** All of its objects are looked at; otherwise those that Updaters made. */
  readonly patched: boolean;
}

/** The ledgers of all kinds that controllers write. */
export interface Ledgers {
  /** Makes these the kinds that there are ledgers of. */
  setKinds(kinds: readonly LedgerKind[]): void;
  /** Makes these the writers, with all rows of those that are new, or were computed anew. A kind without a ledger is none. */
  setWriters(
    writers: readonly { readonly writer: LedgerWriter; readonly kind: string }[],
    anew: ReadonlySet<string>,
  ): void;
  set(id: string, rowKey: string, row: Row | undefined): void;
  replan(): void;
  state(kind: string): LedgerState | undefined;
  /** What stands in the way of whom: place and text. */
  problems(): readonly (readonly [string, string])[];
  onResult(result: Result): void;
}

export interface LedgerState {
  readonly followed: Followed;
  /** Who has anything in any object: `operator/controller`, both short. Undefined while that is not known. */
  traces(): ReadonlySet<string> | undefined;
}

export interface LedgersOptions extends FollowOptions {
  readonly acting: Pick<Actuator, "set" | "delete">;
  readonly known: Known;
  readonly isOpen: (id: string) => boolean;
  /** The namespace that watches keep to; undefined: all. */
  readonly namespace: string | undefined;
  readonly rowsOf: (id: string) => ReadonlyMap<string, Row>;
  readonly onChange: () => void;
}

interface Book {
  readonly kind: LedgerKind;
  readonly followed: Followed;
  /** There as soon as the kind is found. */
  ledger: (Ledger & { readonly onResult: (result: Result) => void }) | undefined;
}

/** No ledgers yet. */
export function ledgers(options: LedgersOptions): Ledgers {
  const { acting, known, isOpen, namespace, rowsOf, onChange } = options;
  const books = new Map<string, Book>();
  let writers = new Map<string, { readonly writer: LedgerWriter; readonly kind: string }>();

  const open = (kind: LedgerKind): Book => {
    const subscriber: Subscriber = {
      replace: (objects) => {
        book.ledger?.sink.replace(objects);
        onChange();
      },
      upsert: (object) => {
        book.ledger?.sink.upsert(object);
      },
      remove: (object) => {
        book.ledger?.sink.remove(object);
      },
      changed: onChange,
    };
    const followed = follow(kind, options, {
      subscriber,
      selectionOf: (target) => {
        book.ledger = ledger({ target, acting, known, isOpen, onProblems: onChange, onTraceGone: onChange });
        for (const { writer, kind: of } of writers.values()) {
          if (of === kindKey(kind)) book.ledger.replace(writer, rowsOf(writer.id));
        }
        return {
          type: target.type,
          ...(kind.patched ? {} : { labelSelector: operatorLabel }),
          ...(target.type.namespaced && namespace !== undefined ? { namespace } : {}),
        };
      },
    });
    const book: Book = { kind, followed, ledger: undefined };
    return book;
  };
  const close = (key: string, { followed, ledger: closed }: Book): void => {
    followed.stop();
    closed?.close();
    books.delete(key);
  };
  const bookOf = (id: string): Book | undefined => books.get(writers.get(id)?.kind ?? "");

  return {
    setKinds: (kinds) => {
      const wanted = new Map(kinds.map((kind) => [kindKey(kind), kind]));
      for (const [key, book] of [...books]) {
        const kind = wanted.get(key);
        if (kind === undefined || kind.version !== book.kind.version || kind.patched !== book.kind.patched)
          close(key, book);
      }
      for (const [key, kind] of wanted) if (!books.has(key)) books.set(key, open(kind));
    },
    setWriters: (next, anew) => {
      const before = writers;
      writers = new Map(next.map((one) => [one.writer.id, one]));
      for (const [id, { writer, kind }] of before) {
        if (writers.get(id)?.kind !== kind) books.get(kind)?.ledger?.forget(writer);
      }
      for (const { writer, kind } of next) {
        const was = before.get(writer.id);
        const stays = was?.kind === kind && was.writer.rank === writer.rank && was.writer.how === writer.how;
        if (!stays || anew.has(writer.id)) books.get(kind)?.ledger?.replace(writer, rowsOf(writer.id));
      }
    },
    set: (id, rowKey, row) => {
      const writer = writers.get(id)?.writer;
      if (writer !== undefined) bookOf(id)?.ledger?.set(writer, rowKey, row);
    },
    replan: () => {
      for (const book of books.values()) book.ledger?.replan();
    },
    state: (key) => {
      const book = books.get(key);
      if (book === undefined) return undefined;
      const traces = (): ReadonlySet<string> | undefined => (book.followed.synced ? book.ledger?.traces() : undefined);
      return { followed: book.followed, traces };
    },
    problems: () => [...books.values()].flatMap(({ ledger: of }) => of?.problems() ?? []),
    onResult: (result) => {
      for (const book of books.values()) book.ledger?.onResult(result);
    },
  };
}
