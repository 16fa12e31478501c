import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { Pipelines } from "@headgate/pipeline";
import type { Controller, Doc, RowFault } from "@headgate/pipeline";

import type { Step } from "./deltas.ts";
import { knownKind } from "./known-kinds.ts";
import { eventsOf } from "./objects.ts";

/** What a pipeline is given, and when: the objects that there are, then what happens. */
export interface Story {
  readonly controllers: readonly Controller[];
  readonly objects: readonly KubeObject[];
  readonly steps: readonly Step[];
  /** What `@now` is: `2026-01-31T12:00:00Z`. */
  readonly now: string;
}

/** A delta of a target. Step 0 is what the objects came to at the beginning. */
export interface StepDelta {
  readonly step: number;
  /** `operator/name` */
  readonly controller: string;
  readonly type: "Added" | "Updated" | "Deleted";
  readonly object: Doc;
}

/** A fault that came up, or was over, in a step. */
export interface StepFault {
  readonly step: number;
  readonly healed: boolean;
  readonly fault: RowFault;
}

export interface Told {
  readonly pipelines: Pipelines;
  readonly deltas: readonly StepDelta[];
  /** In the order in which they happened. */
  readonly faults: readonly StepFault[];
}

/** Runs pipelines in memory: all objects as one turn, then each step as one. The same for the same story. */
export function tell({ controllers, objects, steps, now }: Story): Told {
  const pipelines = new Pipelines(controllers, { now });
  const targets = new Map(controllers.map(({ id, target }) => [id, target.resource]));
  const shown = (controller: string, object: Doc): Doc => {
    const { apiVersion, kind, ...rest } = object;
    const resource = targets.get(controller);
    const version = apiVersion ?? (resource && knownVersion(resource));
    return {
      ...(version === undefined ? {} : { apiVersion: version }),
      ...(kind === undefined ? {} : { kind }),
      ...rest,
    };
  };
  const faults: StepFault[] = [];
  let open = new Map<string, RowFault>();
  const lookForFaults = (step: number): void => {
    const found = new Map(pipelines.faults().map((fault) => [JSON.stringify(fault), fault]));
    for (const [id, fault] of open) if (!found.has(id)) faults.push({ step, healed: true, fault });
    for (const [id, fault] of found) if (!open.has(id)) faults.push({ step, healed: false, fault });
    open = found;
  };

  pipelines.apply(
    objects.flatMap((object) => eventsOf(pipelines, object, false)),
    now,
  );
  lookForFaults(0);
  const deltas = pipelines.controllers.flatMap(({ id }) =>
    [...pipelines.rows(id)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]): StepDelta => ({ step: 0, controller: id, type: "Added", object: shown(id, object) })),
  );
  for (const [index, changes] of steps.entries()) {
    const step = index + 1;
    const events = changes.flatMap(({ object, gone }) => eventsOf(pipelines, object, gone));
    for (const { controller, type, object } of pipelines.apply(events, now))
      deltas.push({ step, controller, type, object: shown(controller, object) });
    lookForFaults(step);
  }
  return { pipelines, deltas, faults };
}

function knownVersion(resource: { readonly group: string; readonly kind: string }): string | undefined {
  const { group } = resource;
  if (group === "") return "v1";
  const version = knownKind(resource)?.version;
  return version === undefined ? undefined : `${group}/${version}`;
}

/** All objects that a story names, as they are at its end. */
export function objectsAtEnd({ objects, steps }: Pick<Story, "objects" | "steps">): readonly KubeObject[] {
  const keyOf = ({ apiVersion, kind, metadata }: KubeObject): string => `${apiVersion} ${kind} ${nameKey(metadata)}`;
  const there = new Map(objects.map((object) => [keyOf(object), object]));
  for (const { gone, object } of steps.flat())
    if (gone) there.delete(keyOf(object));
    else there.set(keyOf(object), object);
  return [...there.values()];
}
