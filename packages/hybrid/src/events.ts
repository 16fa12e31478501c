import type { Row, ViewEvent } from "./event.ts";
import { eventOf, sameRow } from "./event.ts";
import type { Rows } from "./rows.ts";

/** The changes of rows for one consumer at a time, coalesced for each key while it is busy. */
export async function* events<T>(rows: Rows<T>, signal?: AbortSignal): AsyncGenerator<ViewEvent<T>, void, undefined> {
  /** Keys that it has to be told of, each with the row that it knows. */
  const due = new Map<string, Row<T> | undefined>();
  let wake: (() => void) | undefined;
  const nudge = (): void => {
    wake?.();
  };
  const stop = rows.listen((key, before, after) => {
    const known = due.has(key) ? due.get(key) : before;
    if (sameRow(known, after)) due.delete(key);
    else due.set(key, known);
    nudge();
  });
  for (const [key] of rows.entries()) due.set(key, undefined);
  signal?.addEventListener("abort", nudge);
  try {
    while (signal?.aborted !== true) {
      const [first] = due;
      if (first === undefined) {
        const woken = Promise.withResolvers<undefined>();
        wake = () => {
          woken.resolve(undefined);
        };
        await woken.promise;
        wake = undefined;
        continue;
      }
      const [key, known] = first;
      due.delete(key);
      const now = rows.get(key);
      if (now !== undefined) yield eventOf(known === undefined ? "Added" : "Updated", key, now);
      else if (known !== undefined) yield eventOf("Deleted", key, known);
    }
  } finally {
    stop();
    signal?.removeEventListener("abort", nudge);
  }
}
