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
 * What an event makes of the row: the object as pipelines see it, undefined when it is none of theirs, or the row as it
 * was when a predicate says that the update is not worth looking at.
 */
export function admitted(source: Source, before: Doc | undefined, object: Doc): Doc | undefined {
  const metadata = field(object, "metadata");
  const of = isDoc(metadata) ? metadata : {};
  if (source.namespace !== undefined && field(of, "namespace") !== source.namespace) return undefined;
  if (source.labelSelector !== undefined) {
    const labels = field(of, "labels");
    if (!selects(source.labelSelector, isDoc(labels) ? labels : {}, { at: source.at, name: "labelSelector" }))
      return undefined;
  }
  const after = decoded(source.resource, object);
  return before !== undefined && source.predicate?.passes(before, after) === false ? before : after;
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
