import { controllerLabel, managedByLabel, operatorLabel, pipelinesManager, refOf } from "@headgate/api";
import type { Action, KubeObject, ObjectRef, Observed } from "@headgate/api";

import { judgeClaims } from "./claims.ts";
import type { Claim } from "./claims.ts";
import { managerPrefix, writerName } from "./names.ts";
import { differs, managersOf } from "./owned-fields.ts";
import type { Part } from "./owned-fields.ts";

/** Who of all that ever wrote is known, and whose work is to be left as it is. */
export interface Known {
  /** The Operator behind the short name that its labels and managers bear; undefined: not one of those that there are. */
  readonly operator: (shortName: string) => ObjectRef | undefined;
  /** Whether a controller exists but does not say now what it wants: `operator/controller`, both short. */
  readonly isFrozen: (place: string) => boolean;
}

export interface Decision {
  /** What to do now, by a name that is the same for the same work. */
  readonly actions: ReadonlyMap<string, Action>;
  /** What stands in the way, by place. */
  readonly problems: ReadonlyMap<string, string>;
}

export interface Case {
  readonly observed: KubeObject | undefined;
  /** Of controllers that know all of what they want. */
  readonly claims: readonly Claim[];
  readonly known: Known;
}

/** Whom an object that an Updater made belongs to, as `operator/controller`, both short; undefined when it is none. */
export function makerOf(object: KubeObject): string | undefined {
  const {
    [managedByLabel]: by,
    [operatorLabel]: operator,
    [controllerLabel]: controller,
  } = object.metadata.labels ?? {};
  if (by !== pipelinesManager || operator === undefined || controller === undefined) return undefined;
  // Labels are copied with a manifest; who wrote the object is not.
  if (managersOf(object, `${managerPrefix}${operator}/`).size === 0) return undefined;
  return `${operator}/${controller}`;
}

/** Everyone of ours who has anything in an object: `operator/controller`, both short. */
export function tracesIn(object: KubeObject): readonly string[] {
  const maker = makerOf(object);
  const managers = [...managersOf(object, managerPrefix).keys()].map((name) => name.slice(managerPrefix.length));
  return [...new Set([...(maker === undefined ? [] : [maker]), ...managers])];
}

/** What is to be done with one object, from what is wanted of it and what it is. Never touches what is not ours. */
export function decide({ observed, claims, known }: Case): Decision {
  const { granted, refused } = judgeClaims(claims);
  const problems = new Map(refused);
  const actions = new Map<string, Action>();
  const updater = granted.find(({ how }) => how === "Updater");
  if (observed === undefined) {
    if (updater !== undefined) actions.set(`make ${updater.place}`, { do: "apply", desired: wanted(updater, known) });
    else {
      for (const { place, bodies } of granted) problems.set(place, `${nameOf(bodies.main)} is not there to be patched`);
    }
    return { actions, problems };
  }
  if (observed.metadata.deletionTimestamp !== undefined) return { actions, problems };
  const maker = makerOf(observed);
  const own = maker !== undefined && known.operator(operatorOf(maker)) !== undefined;
  if (updater !== undefined && !own) {
    problems.set(updater.place, foreign(observed));
    return { actions, problems };
  }
  if (updater !== undefined && maker !== updater.place && maker !== undefined && known.isFrozen(maker)) {
    problems.set(updater.place, `${nameOf(observed)} was made by controller ${maker}, which does not run`);
    return { actions, problems };
  }
  if (updater === undefined && own) {
    if (known.isFrozen(maker)) return { actions, problems };
    actions.set(`remove ${maker}`, removal(observed, maker));
    return { actions, problems };
  }
  const holders = new Map(granted.map((claim) => [claim.place, claim]));
  for (const [id, action] of releases(observed, holders, known)) actions.set(id, action);
  for (const claim of granted) for (const [id, action] of changes(claim, observed, known)) actions.set(id, action);
  return { actions, problems };
}

/** What is said of an object that stands where an Updater wants to make one. */
export function foreign(object: KubeObject): string {
  return `${nameOf(object)} exists and was not made by this controller; it is left untouched until it is gone`;
}

function changes(claim: Claim, observed: KubeObject, known: Known): readonly (readonly [string, Action])[] {
  const controller = writerName(claim.place);
  const parts: (readonly [Part, KubeObject | undefined])[] = [
    ["main", claim.bodies.main],
    ["status", claim.bodies.status],
  ];
  return parts.flatMap(([part, body]) => {
    if (body === undefined || !differs(body, observed, { controller, part })) return [];
    const desired = { ...wanted(claim, known), object: body, ...(part === "status" && { subresource: part }) };
    return [[`${part} ${claim.place}`, { do: "apply", desired, observed: versionOf(observed) }] as const];
  });
}

/** Takes back what is owned by those who want nothing of it any more. */
function releases(
  observed: KubeObject,
  holders: ReadonlyMap<string, Claim>,
  known: Known,
): readonly (readonly [string, Action])[] {
  return [...managersOf(observed, managerPrefix)].flatMap(([manager, parts]) => {
    const place = manager.slice(managerPrefix.length);
    const owner = known.operator(operatorOf(place));
    if (owner === undefined || known.isFrozen(place)) return [];
    const holder = holders.get(place);
    return [...parts].flatMap((part): (readonly [string, Action])[] => {
      if (holder !== undefined && (part === "main" || holder.bodies.status !== undefined)) return [];
      const { apiVersion, kind, metadata } = observed;
      const { name, namespace } = metadata;
      const object = { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
      const desired = { controller: writerName(place), owner, object, ...(part === "status" && { subresource: part }) };
      return [[`release-${part} ${place}`, { do: "apply", desired, observed: versionOf(observed) }]];
    });
  });
}

function removal(observed: KubeObject, maker: string): Action {
  const target = { ...refOf(observed), uid: observed.metadata.uid ?? "" };
  return { do: "delete", controller: writerName(maker), target };
}

function wanted(claim: Claim, known: Known): Extract<Action, { do: "apply" }>["desired"] {
  const owner = known.operator(operatorOf(claim.place));
  if (owner === undefined) throw new Error(`a claim of ${claim.id}, whose Operator is not known`);
  return { controller: writerName(claim.place), owner, object: claim.bodies.main };
}

function operatorOf(place: string): string {
  return place.slice(0, place.indexOf("/"));
}

function versionOf({ metadata: { uid = "", resourceVersion = "" } }: KubeObject): Observed {
  return { uid, resourceVersion };
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}
