import type { KubeObject, ResourceType } from "@headgate/api";
import { OpError } from "@headgate/api";
import type { Client, WatchOptions } from "./client.ts";
import { isObject } from "./client.ts";
import type { Clock } from "./clock.ts";
import { failedWatch } from "./failure.ts";
import { lineDecoder } from "./json-lines.ts";

/** One event of a watch, checked as far as everyone relies on it. */
export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string };

export interface WatchReading extends WatchOptions {
  readonly type: ResourceType;
  readonly readTimeoutMs: number;
  readonly maxLineBytes: number;
  readonly clock: Clock;
  readonly onEvent: (event: WatchEvent) => void;
}

/**
 * Reads one watch to its end. Returns when the server ends it in good order. Throws OpError: STALLED when no byte came for the
 * read timeout, PROTOCOL for what is not an event, GONE and others as the server reports them; and what `onEvent` throws.
 */
export async function readWatch(client: Client, reading: WatchReading): Promise<void> {
  const { type, readTimeoutMs, maxLineBytes, clock, onEvent, signal, ...options } = reading;
  const what = `watch ${type.plural}`;
  const stalled = new AbortController();
  const arm = (): (() => void) =>
    clock.after(readTimeoutMs, () => {
      stalled.abort(new OpError("STALLED", `${what}: no byte for ${readTimeoutMs} ms`));
    });
  const decoder = lineDecoder(maxLineBytes);
  let disarm = arm();
  try {
    const body = await client.watch(type, { ...options, signal: AbortSignal.any([signal, stalled.signal]) });
    for await (const chunk of body) {
      disarm();
      disarm = arm();
      for (const line of decoder.push(chunk)) onEvent(parseEvent(line, what));
    }
    if (decoder.held > 0) throw new OpError("UNREACHABLE", `${what}: ended in the middle of an event`);
  } finally {
    disarm();
  }
}

function parseEvent(line: unknown, what: string): WatchEvent {
  const { type, object } = (line ?? {}) as { type?: unknown; object?: unknown };
  if (type === "ERROR") throw failedWatch(what, object);
  const version = (object as { metadata?: { resourceVersion?: unknown } } | undefined)?.metadata?.resourceVersion;
  if (typeof version !== "string" || version === "") {
    throw new OpError("PROTOCOL", `${what}: an event without metadata.resourceVersion`);
  }
  if (type === "BOOKMARK") return { type, resourceVersion: version };
  if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") {
    throw new OpError("PROTOCOL", `${what}: an event of type ${JSON.stringify(type)}`);
  }
  if (!isObject(object) || typeof object.metadata.name !== "string") {
    throw new OpError("PROTOCOL", `${what}: an event whose object has no apiVersion, kind or metadata.name`);
  }
  return { type, object };
}
