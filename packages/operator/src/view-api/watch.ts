import type { KubeObject } from "@headgate/api";
import type { Clock } from "@headgate/kube";

import { ApiFailure, statusOf } from "./failure.ts";
import type { History, ViewEvent } from "./history.ts";
import { renderedBookmark, renderedObject } from "./render.ts";
import type { Rendering } from "./render.ts";
import type { Selects } from "./selection.ts";
import type { Versions } from "./versions.ts";

export interface WatchOptions {
  /** After which version; undefined: an ADDED for all that there is comes first. */
  readonly from: number | undefined;
  readonly selects: Selects;
  readonly rendering: Rendering;
  readonly versions: Versions;
  readonly clock: Pick<Clock, "after">;
  /** Undefined: none are sent. */
  readonly bookmarkMs: number | undefined;
  /** Whether a bookmark tells where the initial objects end. */
  readonly marksInitial: boolean;
  /** The watch ends then. */
  readonly signal: AbortSignal;
}

/**
 * The events of a watch, a line each, for as long as it goes on. It keeps no events of its own: who takes them slowly reads them from the
 * history, and gets 410 when that has forgotten them.
 */
export async function* watchLines(of: History, options: WatchOptions): AsyncGenerator<string, void> {
  const { selects, rendering, versions, signal } = options;
  const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
  const bookmark = (version: number, annotations?: Readonly<Record<string, string>>): string => {
    const metadata = { resourceVersion: versions.text(version), ...(annotations && { annotations }) };
    return line("BOOKMARK", renderedBookmark(of.kind, metadata, rendering));
  };
  const pulse = pulseOf(of, options);
  let at = options.from ?? versions.last();
  try {
    if (options.from === undefined) {
      for (const object of [...of.objects.values()]) {
        if (signal.aborted) return;
        if (selects(object)) yield line("ADDED", renderedObject(object, rendering));
      }
      if (options.marksInitial) yield bookmark(at, { "k8s.io/initial-events-end": "true" });
    }
    while (!isOver(signal)) {
      const news = of.since(at);
      if (news === undefined) {
        yield line("ERROR", statusOf(new ApiFailure(410, `too old resource version: ${versions.text(at)}`)));
        return;
      }
      for (const event of news) {
        const seen = seenBy(selects, event);
        if (seen !== undefined) yield line(seen.type, renderedObject(seen.object, rendering));
        at = event.version;
        if (isOver(signal)) return;
      }
      if (news.length > 0) continue;
      at = versions.last();
      if (of.closed) return;
      if ((await pulse.next()) === "bookmark") yield bookmark(at);
    }
  } finally {
    pulse.end();
  }
}

/** An event as a selection sees it: entering it is an addition, leaving it a deletion. */
function seenBy(
  selects: Selects,
  { before, after }: ViewEvent,
): { readonly type: string; readonly object: KubeObject } | undefined {
  const was = before !== undefined && selects(before);
  if (after !== undefined && selects(after)) return { type: was ? "MODIFIED" : "ADDED", object: after };
  if (!was) return undefined;
  // It says when it left.
  const resourceVersion = after?.metadata.resourceVersion ?? before.metadata.resourceVersion ?? "";
  return { type: "DELETED", object: { ...before, metadata: { ...before.metadata, resourceVersion } } };
}

interface Pulse {
  /** Waits for a change, the time of a bookmark, or the end. */
  next(): Promise<"change" | "bookmark">;
  end(): void;
}

function pulseOf(of: History, { clock, bookmarkMs, signal }: WatchOptions): Pulse {
  let news = false;
  let due = false;
  let wake: (() => void) | undefined;
  let cancel: (() => void) | undefined;
  const onNews = (): void => {
    news = true;
    wake?.();
  };
  const arm = (): void => {
    if (bookmarkMs === undefined) return;
    cancel = clock.after(bookmarkMs, () => {
      due = true;
      wake?.();
      arm();
    });
  };
  const unsubscribe = of.subscribe(onNews);
  signal.addEventListener("abort", onNews, { once: true });
  arm();
  return {
    next: async () => {
      if (!news && !due && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
      if (news || !due) {
        news = false;
        return "change";
      }
      due = false;
      return "bookmark";
    },
    end: () => {
      unsubscribe();
      cancel?.();
      signal.removeEventListener("abort", onNews);
    },
  };
}

/** A function, because the compiler believes that a property stays as it was read. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}
