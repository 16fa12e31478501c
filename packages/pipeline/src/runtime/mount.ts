import { flatMap, groupBy, map, sameValue } from "@headgate/delta";
import type { Collection, Key } from "@headgate/delta";

import type { Surroundings } from "../expression/evaluate.ts";
import type { Controller } from "../spec/controller.ts";
import { typeMeta } from "../spec/resource.ts";
import type { GatherStage, LinearStage, Stage } from "../stage/ast.ts";
import { StageCounters } from "../stage/counters.ts";
import { gather } from "../stage/gather.ts";
import type { Gather, Member } from "../stage/gather.ts";
import { named } from "../stage/output.ts";
import type { Named } from "../stage/output.ts";
import { Quarantined, quarantining, segment } from "../stage/segment.ts";
import type { Segment } from "../stage/segment.ts";
import { canonical } from "../text/canonical.ts";
import type { Doc } from "../value.ts";
import { mountJoin } from "./join.ts";

/** The object at a key of a target, and how many different ones claim that key. */
export interface Claimed {
  readonly object: Doc;
  /** 1, or more when they disagree: then the one with the smallest canonical JSON text is it. */
  readonly claims: number;
}

/** A stretch of the pipeline up to a gather, and the gather; or the last one, up to the target. */
export interface Stretch {
  readonly segment: Segment;
  readonly gather: (Gather & { readonly stage: GatherStage }) | undefined;
  /** The rows that go in: source objects, tuples of a join, or groups. */
  readonly rows: Collection<Doc | Quarantined>;
  /** The groups by their identity, where it ends in a gather. */
  readonly groups: Collection<Doc | Quarantined> | undefined;
}

/** A controller as collections of the engine. */
export interface MountedController {
  readonly controller: Controller;
  readonly stretches: readonly Stretch[];
  readonly rows: Collection<Claimed>;
  /** The objects that it makes, once for each way in which each is made. */
  readonly outputs: Collection<Named | Quarantined>;
  /** What goes into the groups of each gather. */
  readonly members: readonly Collection<Member | Quarantined>[];
  /** Collections in which rows may be quarantined. */
  readonly suspects: readonly Collection<unknown>[];
  readonly counters: readonly StageCounters[];
}

/** What a controller is mounted with. */
export interface Setting {
  readonly around: Surroundings;
  /** The same rows; for a controller with a Periodic source, rows that are new at each tick. */
  readonly renewing: <R extends object>(rows: Collection<R>) => Collection<R>;
}

/** Builds a controller on the collections of its inputs, in the order of its sources without the Periodic ones. */
export function mountController(
  controller: Controller,
  inputs: readonly Collection<Doc>[],
  { around, renewing }: Setting,
): MountedController {
  const counters = new Map<Stage, StageCounters>(controller.stages.map((stage) => [stage, new StageCounters(stage)]));
  const suspects: Collection<unknown>[] = [];
  let rows = mountInputs(controller, inputs, { around, suspects, counters });
  const stretches: Stretch[] = [];
  const gathered: Collection<Member | Quarantined>[] = [];
  for (const { linear, gatherStage } of stretchesOf(controller.stages)) {
    const run = segment(linear, (stage) => counters.get(stage) ?? new StageCounters(stage));
    if (gatherStage === undefined) {
      stretches.push({ segment: run, gather: undefined, rows, groups: undefined });
      const outputs = mountOutputs(controller, { rows, run, around });
      suspects.push(outputs);
      const made = claims(controller, outputs);
      return {
        controller,
        stretches,
        rows: made,
        outputs,
        members: gathered,
        suspects,
        counters: [...counters.values()],
      };
    }
    const collect = { ...gather(gatherStage), stage: gatherStage };
    const counted = counters.get(gatherStage) ?? new StageCounters(gatherStage);
    const { members, groups } = mountGather({ rows, run, around, collect, counted });
    suspects.push(members, groups);
    gathered.push(members);
    stretches.push({ segment: run, gather: collect, rows, groups });
    rows = renewing(groups);
  }
  throw new Error("a pipeline ends in a stretch without a gather");
}

interface Parts {
  readonly around: Surroundings;
  readonly suspects: Collection<unknown>[];
  readonly counters: ReadonlyMap<Stage, StageCounters>;
}

function mountInputs(
  controller: Controller,
  inputs: readonly Collection<Doc>[],
  parts: Parts,
): Collection<Doc | Quarantined> {
  const [stage] = controller.stages;
  const sources = controller.sources.filter(({ type }) => type !== "Periodic");
  if (stage?.kind !== "join") {
    const [only] = inputs;
    if (only === undefined) throw new Error(`controller ${controller.id} has no input`);
    return only;
  }
  const named = sources.map(({ name }, index) => {
    const rows = inputs[index];
    if (rows === undefined) throw new Error(`source ${name} of ${controller.id} has no input`);
    return { name, rows };
  });
  const counted = parts.counters.get(stage);
  const joined = mountJoin(stage, named, parts.around);
  parts.suspects.push(joined.rows, ...joined.keyless);
  joined.rows.subscribe((changes) => {
    for (const { after } of changes)
      if (after instanceof Quarantined) counted?.fail();
      else if (after !== undefined) counted?.add(1, 1);
  });
  return joined.rows;
}

/** The stages without the join, cut behind each gather; the last stretch has none. */
function stretchesOf(stages: readonly Stage[]): readonly { linear: LinearStage[]; gatherStage?: GatherStage }[] {
  const stretches: { linear: LinearStage[]; gatherStage?: GatherStage }[] = [];
  let linear: LinearStage[] = [];
  for (const stage of stages) {
    if (stage.kind === "join") continue;
    if (stage.kind !== "gather") linear.push(stage);
    else {
      stretches.push({ linear, gatherStage: stage });
      linear = [];
    }
  }
  return [...stretches, { linear }];
}

/** Under its index within the row that it came of; a fault under a key of its own. */
function keyed<T>(rows: readonly T[] | Quarantined): readonly (readonly [Key, T | Quarantined])[] {
  return rows instanceof Quarantined ? [["fault", rows]] : rows.map((row, index) => [String(index), row]);
}

const same = (a: unknown, b: unknown): boolean =>
  a instanceof Quarantined && b instanceof Quarantined ? a.same(b) : sameValue(a, b);

interface Running {
  readonly rows: Collection<Doc | Quarantined>;
  readonly run: Segment;
  readonly around: Surroundings;
}

/** Runs a stretch; `finish` takes each row that comes out. One fault, and none of the rows of that row is there. */
function through<T>(
  { rows, run, around }: Running,
  at: string,
  finish: (row: Doc) => T | undefined,
): Collection<T | Quarantined> {
  return flatMap(rows, {
    name: at,
    rows: (row): Iterable<readonly [Key, T | Quarantined]> => {
      if (row instanceof Quarantined) return [];
      const out = run.run(row, around);
      if (out instanceof Quarantined) return keyed<T>(out);
      return keyed(
        quarantining(at, () =>
          out.flatMap((one) => {
            const finished = finish(one);
            return finished === undefined ? [] : [finished];
          }),
        ),
      );
    },
    same,
  });
}

function mountGather({
  collect,
  counted,
  ...running
}: Running & { readonly collect: Gather & { readonly stage: GatherStage }; readonly counted: StageCounters }): {
  readonly members: Collection<Member | Quarantined>;
  readonly groups: Collection<Doc | Quarantined>;
} {
  const { at } = collect.stage;
  const members = through<Member>(running, at, (row) => {
    try {
      return collect.member(row, running.around);
    } catch (cause) {
      counted.fail();
      throw cause;
    }
  });
  const groups = groupBy<Member | Quarantined, Doc | Quarantined>(members, {
    name: at,
    by: (member) => (member instanceof Quarantined ? undefined : member.group),
    reduce: (rows) => {
      counted.add(rows.length, 1);
      return quarantining(at, () =>
        collect.gathered(rows.flatMap(([, member]) => (member instanceof Quarantined ? [] : [member]))),
      );
    },
    same,
  });
  return { members, groups };
}

function mountOutputs(controller: Controller, running: Running): Collection<Named | Quarantined> {
  return through(running, `${controller.at}.target`, (row) => outputOf(controller, row));
}

/** A row as an object of the target. Throws a `DataFault`. */
export function outputOf({ at, target }: Controller, row: Doc): Named {
  const fields = Object.entries(row).filter(([name]) => name !== "apiVersion" && name !== "kind");
  return named({ ...typeMeta(target.resource), ...Object.fromEntries(fields) }, `${at}.target`);
}

/** One object for each key: of several that claim it, the one with the smallest canonical JSON text. */
function claims(controller: Controller, outputs: Collection<Named | Quarantined>): Collection<Claimed> {
  return groupBy<Named | Quarantined, Claimed>(outputs, {
    name: controller.id,
    by: (row) => (row instanceof Quarantined ? undefined : row.key),
    reduce: (rows) => decided(rows.flatMap(([, row]) => (row instanceof Quarantined ? [] : [row.object]))),
  });
}

/** What several objects for one key come to. */
export function decided(objects: readonly Doc[]): Claimed | undefined {
  const [first] = objects;
  if (first === undefined) return undefined;
  if (objects.every((object) => sameValue(object, first))) return { object: first, claims: 1 };
  const byText = new Map(objects.map((object) => [canonical(object), object]));
  const [smallest = ""] = [...byText.keys()].sort();
  return { object: byText.get(smallest) ?? first, claims: byText.size };
}

/** The objects alone. */
export function objectsOf(name: string, claimed: Collection<Claimed>): Collection<Doc> {
  return map(claimed, { name, row: ({ object }) => object });
}
