import type { Controller, Cycle, Pipelines } from "@headgate/pipeline";

import { failureText } from "./failure-text.ts";
import type { Feeds } from "./feeds.ts";
import { kindKey, targetsOf } from "./hosted.ts";
import type { Hosted } from "./hosted.ts";
import type { Ledgers } from "./ledgers.ts";
import type { Followed } from "./follow.ts";

/** What a controller waits for, and what keeps it from coming. */
export interface Wait {
  readonly waiting: readonly string[];
  readonly errors: readonly string[];
}

export interface Standing {
  readonly pipelines: Pipelines;
  readonly feeds: Feeds;
  readonly ledgers: Ledgers;
}

/** The feeds that a controller's objects come from, through views of others as well. */
export function feedsOf(controller: Controller, { controllers, feeds }: Pipelines): readonly string[] {
  const upstream = new Set<string>();
  const visit = ({ id, sources }: Controller): void => {
    if (upstream.has(id)) return;
    upstream.add(id);
    for (const { resource } of sources) {
      if (!resource.view) continue;
      for (const writer of controllers) {
        const { group, kind } = writer.target.resource;
        if (group === resource.group && kind === resource.kind) visit(writer);
      }
    }
  };
  visit(controller);
  const reads = (reader: string): boolean => [...upstream].some((id) => reader.startsWith(`${id}/`));
  return feeds.filter(({ readers }) => readers.some(reads)).map(({ id }) => id);
}

/** What a controller of an Operator waits for before its first write. */
export function waitOf(controller: Controller, of: Hosted, { pipelines, feeds, ledgers }: Standing): Wait {
  const waiting: string[] = [];
  const errors: string[] = [];
  const look = (what: string, followed: Followed | undefined): void => {
    if (followed === undefined) return;
    if (!followed.synced) waiting.push(what);
    if (followed.error !== undefined) errors.push(`${what}: ${failureText(followed.error)}`);
  };
  for (const id of feedsOf(controller, pipelines)) look(`source ${id.replace(/#.*/, "")}`, feeds.state(id));
  const [kind] = targetsOf([controller]);
  if (kind !== undefined) {
    const state = ledgers.state(kindKey(kind));
    if (state === undefined) waiting.push(`target ${kind.kind}`);
    else look(`target ${kind.kind}`, state.followed);
    const { group, version } = controller.target.resource;
    const servedAs = state?.followed.target?.type.apiVersion;
    const wanted = group === "" ? version : `${group}/${version ?? ""}`;
    if (version !== undefined && servedAs !== undefined && servedAs !== wanted) {
      waiting.push(`target ${kind.kind} of ${String(wanted)}`);
      errors.push(`target ${kind.kind}: another controller writes it as ${servedAs}; name that version, or none`);
    }
    const written = of.written.find((one) => kindKey(one) === kindKey(kind));
    const noted = of.held && written !== undefined && (written.patched || !kind.patched);
    if (!noted) waiting.push("the Operator to bear where it writes");
  }
  return { waiting, errors };
}

/** The circle through the cluster that a controller is in. */
export function outerCircleOf(id: string, cycles: readonly Cycle[]): readonly string[] | undefined {
  return cycles.find(({ through, controllers }) => through === "cluster" && controllers.includes(id))?.controllers;
}
