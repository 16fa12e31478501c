import { sameValue } from "@headgate/delta";
import type { Input } from "@headgate/delta";

import { selects } from "../expression/selector.ts";
import { resourceId } from "../spec/resource.ts";
import type { Resource } from "../spec/resource.ts";
import type { Source } from "../spec/source.ts";
import { fromBase64 } from "../text/base64.ts";
import { canonical } from "../text/canonical.ts";
import { shortHash } from "../text/short-hash.ts";
import { field, isDoc, put } from "../value.ts";
import type { Doc, Draft } from "../value.ts";

/** Objects that pipelines ask to be fed: one kind, or what is left of it after the filters of a source. */
export interface Feed {
  readonly id: string;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: Doc;
  /** The sources that it feeds, as `controller id/source name`. */
  readonly readers: readonly string[];
}

/** A feed with the input that it writes. */
export interface OpenFeed {
  readonly feed: Feed;
  readonly source: Source;
  readonly input: Input<Doc>;
  /** Where there is a predicate: what each object was last, which the row is not when the predicate said no. */
  readonly last: Map<string, Doc>;
}

/** Sources that ask for the same objects share a feed. */
export function feedId(source: Source): string {
  const { namespace, labelSelector, predicate } = source;
  const filters = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(predicate === undefined ? {} : { predicate: predicate.raw }),
  };
  const all = canonical(filters) === "{}";
  return `${resourceId(source.resource)}${all ? "" : `#${shortHash(filters)}`}`;
}

/**
 * What an event makes of the row at `key`, which was `before`: the object as pipelines see it, undefined when it is none of
 * theirs, or the row as it was when a predicate says that the update is not worth looking at.
 */
export function admitted(
  { source, last }: Pick<OpenFeed, "source" | "last">,
  { key, before }: { readonly key: string; readonly before: Doc | undefined },
  object: Doc | undefined,
): Doc | undefined {
  const after = object !== undefined && isOf(source, object) ? decoded(source.resource, object) : undefined;
  const { predicate } = source;
  if (predicate === undefined) return after;
  const was = last.get(key);
  if (after === undefined) last.delete(key);
  else last.set(key, after);
  if (after === undefined || before === undefined || was === undefined) return after;
  // What a list says once more is no update.
  return !sameValue(was, after) && predicate.passes(was, after) ? after : before;
}

function isOf({ at, namespace, labelSelector }: Source, object: Doc): boolean {
  const metadata = field(object, "metadata");
  const of = isDoc(metadata) ? metadata : {};
  if (namespace !== undefined && field(of, "namespace") !== namespace) return false;
  if (labelSelector === undefined) return true;
  const labels = field(of, "labels");
  return selects(labelSelector, isDoc(labels) ? labels : {}, { at, name: "labelSelector" });
}

/** A Secret's data as the texts that they are; what is not base64 of a text stays as it is. */
function decoded({ group, kind, view }: Resource, object: Doc): Doc {
  const data = field(object, "data");
  if (view || group !== "" || kind !== "Secret" || !isDoc(data)) return object;
  const draft: Draft = {};
  for (const [name, value] of Object.entries(data))
    put(draft, name, typeof value === "string" ? (fromBase64(value) ?? value) : value);
  return { ...object, data: draft };
}

/** The one object of a OneShot source. */
export function trigger({ resource }: Source, now: string): Doc {
  return {
    apiVersion: `${resource.group}/${resource.version ?? ""}`,
    kind: resource.kind,
    metadata: { name: "one-shot-trigger", labels: { "dcontroller.io/last-triggered": now } },
  };
}
