import { groupOf, identityKey } from "@headgate/api";
import type { Conflict, Pipelines, RowFault } from "@headgate/pipeline";

import type { StepFault } from "./story.ts";

/** Where things are written. */
export interface Places {
  /** `file:line` of an object by its identity. */
  readonly objects: ReadonlyMap<string, string>;
  /** `file:line:column: path` of a place in a controller. */
  readonly inController: (controller: string, at: string) => string;
}

/** A line for what became of an object that a pipeline cannot compute with. */
export function faultLine(pipelines: Pipelines, { step, healed, fault }: StepFault, places: Places): string {
  const when = step === 0 ? "" : `step ${step}: `;
  const objects = fault.objects.map((one) => objectText(pipelines, one, places)).join(" with ");
  if (healed) return `${when}${objects} is no longer left out by ${fault.controller}`;
  const place = places.inController(fault.controller, fault.at);
  return `${when}${objects} is left out by ${fault.controller}: ${place}: ${fault.message} (${fault.code})`;
}

/** An object of a feed as `Kind namespace/name (file:line)`. */
function objectText(pipelines: Pipelines, { feed: id, key }: RowFault["objects"][number], places: Places): string {
  const feed = pipelines.feeds.find((one) => one.id === id);
  if (feed === undefined) return `${id} ${key}`;
  const { group, version, kind } = feed.resource;
  const slash = key.indexOf("/");
  const apiVersion = `${group === "" ? "" : `${group}/`}${version ?? "*"}`;
  const ref = {
    apiVersion: groupOf(apiVersion) === group ? apiVersion : group,
    kind,
    name: key.slice(slash + 1),
    ...(slash < 0 ? {} : { namespace: key.slice(0, slash) }),
  };
  const place = places.objects.get(identityKey(ref));
  return `${kind} ${key}${place === undefined ? "" : ` (${place})`}`;
}

/** A line for an object that rows disagree about. */
export function conflictLine({ target, key, controllers, fields }: Conflict): string {
  const [only, ...others] = new Set(controllers);
  const about = fields.length === 0 ? "" : ` about ${fields.join(", ")}`;
  const who =
    others.length === 0
      ? `rows of ${only ?? ""} disagree${about}: the one whose JSON text comes first is taken`
      : `${[only, ...others].join(" and ")} disagree${about}`;
  return `${target} ${key}: ${who}`;
}
