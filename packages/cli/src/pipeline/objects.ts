import { groupOf, identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";
import type { Feed, FeedEvent, Pipelines } from "@headgate/pipeline";

import { manifestsIn, problemLine } from "../render/index.ts";
import type { YamlSource } from "../yaml-documents.ts";
import { placed } from "./known-kinds.ts";

/** Objects for pipelines, and where they are written. */
export interface GivenObjects {
  readonly objects: readonly KubeObject[];
  /** A line for each thing that cannot be used. */
  readonly faults: readonly string[];
  /** `file:line` by identity. */
  readonly places: ReadonlyMap<string, string>;
}

/** Reads objects from documents. Two of the same identity are a fault. */
export function objectsIn(sources: readonly YamlSource[]): GivenObjects {
  const faults: string[] = [];
  const places = new Map<string, string>();
  const objects: KubeObject[] = [];
  for (const source of sources) {
    const { file } = source;
    const { manifests, problems } = manifestsIn(source);
    faults.push(...problems.map(problemLine));
    for (const { object, lineOf } of manifests) {
      const here = placed(object);
      const key = identityKey(refOf(here));
      const place = `${file}:${lineOf(["metadata", "name"])}`;
      const earlier = places.get(key);
      if (earlier === undefined) {
        places.set(key, place);
        objects.push(here);
      } else
        faults.push(
          `${place}: metadata.name names the ${here.kind} ${nameKey(here.metadata)}, which is also at ${earlier}`,
        );
    }
  }
  return { objects, faults, places };
}

/** What an object, or its end, is to pipelines: an event for each feed of its kind. */
export function eventsOf(pipelines: Pipelines, object: KubeObject, gone: boolean): readonly FeedEvent[] {
  return pipelines.feeds
    .filter((feed) => reads(feed, object))
    .map((feed) => ({ feed: feed.id, key: nameKey(object.metadata), object: gone ? undefined : object }));
}

function reads({ resource: { group, version, kind } }: Feed, { apiVersion, kind: own }: KubeObject): boolean {
  return (
    kind === own &&
    group === groupOf(apiVersion) &&
    (version === undefined || version === apiVersion.slice(apiVersion.indexOf("/") + 1))
  );
}

/** Kinds among the objects that no feed takes, a line for each. */
export function unreadKinds(pipelines: Pipelines, objects: readonly KubeObject[]): readonly string[] {
  const unread = objects.filter((object) => eventsOf(pipelines, object, false).length === 0);
  return [...Map.groupBy(unread, ({ apiVersion, kind }) => `${apiVersion} ${kind}`)].map(([kind, all]) => {
    const [first] = all;
    const computed = first !== undefined && pipelines.view(groupOf(first.apiVersion), first.kind) !== undefined;
    const why = computed ? "is a view that a controller computes" : "is read by no source";
    return `${kind} ${why}: ${all.length === 1 ? "1 object is" : `${all.length} objects are`} passed over`;
  });
}

/** An object as a person names it. */
export interface Wanted {
  readonly kind: string;
  readonly key: string;
}

export function isWanted({ kind, key }: Wanted, ref: ObjectRef): boolean {
  return ref.kind.toLowerCase() === kind.toLowerCase() && nameKey(ref) === key;
}
