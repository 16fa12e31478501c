import type { Pipelines } from "@headgate/pipeline";

import { history } from "./history.ts";
import type { History } from "./history.ts";
import { viewKinds } from "./kinds.ts";
import type { ViewKind } from "./kinds.ts";
import { versions } from "./versions.ts";
import type { Versions } from "./versions.ts";

/** All views of a process, with what changed lately. */
export interface ViewStore {
  readonly versions: Versions;
  /** Whether it goes by any pipelines yet. */
  readonly isRead: () => boolean;
  readonly kinds: () => readonly ViewKind[];
  find(group: string, version: string, resource: string): History | undefined;
  /** Goes by these pipelines from now on; what is in both is no change. */
  follow(pipelines: Pipelines): void;
}

/** A store that remembers at most twice `depth` changes of each view. `startMs`: milliseconds since the epoch. */
export function viewStore({ startMs, depth }: { readonly startMs: number; readonly depth: number }): ViewStore {
  const counted = versions(startMs);
  let histories = new Map<string, History>();
  let read = false;
  let stops: (() => void)[] = [];

  const place = (group: string, version: string, resource: string): string => `${group}/${version}/${resource}`;
  return {
    versions: counted,
    isRead: () => read,
    kinds: () => [...histories.values()].map(({ kind }) => kind),
    find: (group, version, resource) => histories.get(place(group, version, resource)),
    follow: (pipelines) => {
      read = true;
      for (const stop of stops) stop();
      stops = [];
      const before = histories;
      histories = new Map();
      for (const kind of viewKinds(pipelines.controllers)) {
        const rows = pipelines.view(kind.group, kind.kind);
        if (rows === undefined) continue;
        const key = place(kind.group, kind.version, kind.resource);
        const old = before.get(key);
        const isSame = old?.kind.kind === kind.kind;
        // Before another begins, so that who followed it hears of the end and not of a part of what comes then.
        if (!isSame) old?.close();
        const one = isSame ? old : history(kind, counted, depth);
        one.adopt(kind);
        histories.set(key, one);
        one.replace(new Map(rows.entries()));
        stops.push(
          rows.subscribe((changes) => {
            for (const { key: row, after } of changes) one.set(row, after);
          }),
        );
      }
      const kept = new Set(histories.values());
      for (const one of before.values()) if (!kept.has(one)) one.close();
    },
  };
}
