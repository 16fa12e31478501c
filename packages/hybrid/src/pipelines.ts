import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { groupOf } from "@headgate/api";
import type { Client, Clock, Runner } from "@headgate/kube";
import { viewGroup } from "@headgate/pipeline";
import type { FeedEvent, Pipelines, RowFault } from "@headgate/pipeline";

import type { ViewObject, ViewOptions } from "./rows.ts";
import { ticks } from "./ticks.ts";
import { viewOf } from "./view.ts";
import type { View } from "./view.ts";
import { clusterWatch } from "./watch.ts";
import type { ClusterWatch, ClusterWatchOptions } from "./watch.ts";

/** Operators in this process: objects go in, views are kept up to date. */
export interface HybridPipelines {
  /**
   * The view of that kind. `T` is what its objects are taken for, unless `parse` says so.
   * Throws an Error when no operator has such a view, or several have one and none was named.
   */
  view<T = ViewObject>(kind: string, options?: ViewOptions<T>): View<T>;
  /**
   * Follows what the sources name on a cluster, Periodic ones too, and keeps the views up to date. Throws an Error the second
   * time.
   */
  watch(client: Client, options?: ClusterWatchOptions): ClusterWatch;
  /**
   * Without a cluster: takes objects as they are now, all in one step; the views are up to date when it returns. Of kinds that no
   * source names nothing is taken. Where a watch runs besides, this is for what the watch does not bring: views that no operator
   * writes.
   */
  put(...objects: readonly KubeObject[]): void;
  /** Without a cluster: takes notice that objects are gone. */
  remove(...objects: readonly Pick<KubeObject, "apiVersion" | "kind" | "metadata">[]): void;
  /**
   * Without a cluster: has the controllers with a Periodic source computed anew once a period, every second at most. As a runner
   * it ends when its signal aborts.
   */
  ticks(): Runner;
  /** What pipelines cannot compute with, or never come to rest with, and so leave out, and why. */
  faults(): readonly RowFault[];
}

/** The time of a clock as pipelines see it. */
export function timeOf(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
}

export function hybridPipelines(pipelines: Pipelines, clock: Clock): HybridPipelines {
  let watched = false;
  const apply = (events: readonly FeedEvent[]): void => {
    if (events.length > 0) pipelines.apply(events, timeOf(clock));
  };
  const ticking = ticks(pipelines.controllers, clock, (controller) => {
    pipelines.tick(controller, timeOf(clock));
  });
  /** An event for each feed that takes objects of that kind. */
  const eventsOf = (
    { apiVersion, kind, metadata }: Pick<KubeObject, "apiVersion" | "kind" | "metadata">,
    object: KubeObject | undefined,
  ): readonly FeedEvent[] => {
    const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
    return pipelines.feeds.flatMap(({ id, resource }) =>
      resource.kind === kind &&
      resource.group === groupOf(apiVersion) &&
      (resource.version === undefined || resource.version === version)
        ? [{ feed: id, key: nameKey(metadata), object }]
        : [],
    );
  };
  return {
    view: (kind, options = {}) => {
      const views = pipelines.controllers.flatMap(({ target: { resource } }) =>
        resource.view && resource.kind === kind ? [resource.group] : [],
      );
      const groups = options.operator === undefined ? [...new Set(views)] : [viewGroup(options.operator)];
      const [group = ""] = groups;
      if (groups.length > 1) throw new Error(`several operators have a view ${kind}: say which one's`);
      const collection = pipelines.view(group, kind);
      if (collection === undefined) throw new Error(`no operator has a view ${kind}`);
      return viewOf(kind, collection, { ...options, clock });
    },
    watch: (client, options = {}) => {
      if (watched) throw new Error("pipelines are watched once");
      watched = true;
      return clusterWatch({ feeds: pipelines.feeds, apply, ticking }, { client, clock, ...options });
    },
    ticks: () => ticking,
    put: (...objects) => {
      apply(objects.flatMap((object) => eventsOf(object, object)));
    },
    remove: (...objects) => {
      apply(objects.flatMap((object) => eventsOf(object, undefined)));
    },
    faults: () => pipelines.faults(),
  };
}
